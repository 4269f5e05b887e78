/** The data plane of one cluster in a worker, steered by the parent. */
import type { LocalDataPlane } from './local-data-plane.ts';
import type { MachineClock } from './machine-clock.ts';
import type { Answers, AskedWith, FromPlane, PlaneState, Question, ToPlane } from './messages.ts';
import type { PooledProcesses } from './pooled-processes.ts';

export type SteeredEnv = {
  readonly plane: LocalDataPlane;
  readonly processes: PooledProcesses;
  readonly clock: MachineClock;
  readonly tell: (message: FromPlane) => void;
  /** The parent does not read what it was told. */
  readonly isParentBehind: () => boolean;
};

type Steering = Extract<ToPlane, { kind: 'apply' | 'remember' | 'forget' | 'grant' | 'lapse' }>;

export class SteeredPlane {
  readonly #env: SteeredEnv;
  /** What the parent was told last. */
  #state: PlaneState | null = null;
  #life = 0;
  /** What the parent is told of next: that happens often. */
  #staleBecause: string | null = null;

  constructor(env: SteeredEnv) {
    this.#env = env;
    const { plane, tell } = env;
    plane.onSettled = () =>
      tell({ kind: 'settled', life: this.#life, version: plane.appliedVersion });
    plane.onStale = (because) => {
      this.#staleBecause ??= because;
    };
    plane.onSwept = () => this.#tellNews();
  }

  /** The parent said something. */
  onHeard(): void {
    this.#env.processes.onHeard();
  }

  onMessage(message: ToPlane): void {
    const { processes } = this.#env;
    switch (message.kind) {
      case 'ask':
        return void this.#answer(message);
      case 'news':
        return processes.onNews(message.news);
      case 'left':
        return processes.onLeft(message.process);
      case 'consulted':
        return processes.onConsulted(message);
      default:
        return this.#steer(message);
    }
  }

  #tellNews(): void {
    const { plane, tell, isParentBehind } = this.#env;
    this.#tellState();
    // A parent that does not read gets none: it is added up here until it does.
    if (isParentBehind()) return;
    this.#tellStale();
    const servers = plane.takeTrouble();
    if (servers.length > 0) tell({ kind: 'trouble', servers });
  }

  #tellStale(): void {
    if (this.#staleBecause === null) return;
    this.#env.tell({ kind: 'stale', because: this.#staleBecause });
    this.#staleBecause = null;
  }

  #steer(message: Steering): void {
    const { plane, clock } = this.#env;
    if ('life' in message) this.#life = message.life;
    switch (message.kind) {
      case 'apply':
        plane.apply(message.topology);
        break;
      case 'remember':
        plane.remember(message.topology, message.mayServe);
        break;
      case 'forget':
        plane.forget();
        break;
      case 'grant':
        plane.grant(clock.toLocal(message.grant));
        break;
      case 'lapse':
        plane.lapse();
    }
    this.#tellState();
  }

  #tellState(): void {
    const { plane, tell } = this.#env;
    const { isServing } = plane;
    const notReadyBecause = plane.notReadyBecause();
    const told = this.#state;
    if (told?.isServing === isServing && told.notReadyBecause === notReadyBecause) return;
    this.#state = { isServing, notReadyBecause };
    tell({ kind: 'state', ...this.#state });
  }

  async #answer({ id, about, asked }: Extract<ToPlane, { kind: 'ask' }>): Promise<void> {
    this.#env.tell({ kind: 'answer', id, answer: await this.#answerTo(about, asked) });
  }

  #answerTo(about: Question, asked: AskedWith<Question>): Promise<Answers[Question]> {
    const { plane, processes } = this.#env;
    if (about === 'metrics') return plane.registry.getMetricsAsJSON();
    if (about === 'clients') return plane.clients();
    if (about === 'slowLog') return plane.slowLog();
    return Promise.resolve(processes.answer(about, asked));
  }
}
