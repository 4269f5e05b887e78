import { nodesOf, type CreateStep, type CreateView } from '@keyfleet/lifecycle';
import type { Progress } from './supervisor-messages.ts';

export function progressOf(view: CreateView, step: CreateStep, configservers: number): Progress {
  const { spec, control } = view;
  const isReached = control.state !== 'unreachable';
  return {
    configservers: { done: isReached ? configservers : 0, of: configservers },
    servers: { done: countReady(view.servers), of: nodesOf(spec).length },
    shards: { done: wholeShards(view), of: spec.shards },
    proxies: { done: step.do === 'nothing' ? 1 : 0, of: 1 },
    because: step.because,
  };
}

function countReady(parts: ReadonlyMap<string, { readonly state: string }>): number {
  return [...parts.values()].filter(({ state }) => state === 'ready').length;
}

function wholeShards({ control }: CreateView): number {
  if (control.state !== 'recorded') return 0;
  return control.shards.filter(({ because }) => because === null).length;
}
