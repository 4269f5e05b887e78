/** Whether memory grows. Pure. */
import { spread } from '../report/figures.ts';

export type RssSample = {
  readonly seconds: number;
  readonly cycle: number;
  readonly bytes: number;
};

/** Of one cycle: the least is what the process keeps, whatever load comes and goes. */
export type Cycle = {
  readonly seconds: number;
  readonly floorBytes: number;
  readonly peakBytes: number;
};

export type Trend = {
  /** Of the floors, over the last two thirds of the cycles. */
  readonly bytesPerHour: number;
  /** What that comes to in the time judged, as a share of the floor. */
  readonly growth: number;
  readonly isFlat: boolean;
};

const GROWTH_MAX = 0.05;
/** Of fewer points nobody can tell a trend. */
const JUDGED_MIN = 4;

export function cyclesOf(samples: readonly RssSample[]): Cycle[] {
  const byCycle = Map.groupBy(samples, ({ cycle }) => cycle);
  return [...byCycle.values()].map((some) => {
    const bytes = some.map((sample) => sample.bytes);
    return {
      seconds: some[0]!.seconds,
      floorBytes: Math.min(...bytes),
      peakBytes: Math.max(...bytes),
    };
  });
}

/** The first third may grow: code is compiled, pools fill. Null: too short a run. */
export function trendOf(cycles: readonly Cycle[]): Trend | null {
  const judged = cycles.slice(Math.ceil(cycles.length / 3));
  if (judged.length < JUDGED_MIN) return null;
  const perSecond = slope(judged.map(({ seconds, floorBytes }) => [seconds, floorBytes]));
  const seconds = judged.at(-1)!.seconds - judged[0]!.seconds;
  const growth = (perSecond * seconds) / spread(judged.map(({ floorBytes }) => floorBytes)).median;
  return { bytesPerHour: perSecond * 3600, growth, isFlat: growth <= GROWTH_MAX };
}

/** Theil–Sen, the median of the slopes of all pairs: one odd cycle does not tilt it. */
function slope(points: readonly (readonly [number, number])[]): number {
  const slopes = points.flatMap(([x, y], at) =>
    points.slice(at + 1).map(([laterX, laterY]) => (laterY - y) / (laterX - x)),
  );
  return spread(slopes).median;
}
