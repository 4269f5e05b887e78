/** What this process is to the others of the proxy, and what it learns of them when it begins. */
import type { ClientPause } from './local/client-pause.ts';
import type { ClientQueries } from './local/client-queries.ts';
import type { Monitors } from './local/monitors.ts';
import type { Pubsub } from './pubsub/pubsub.ts';
import type { Session } from './session/create-session.ts';
import type { SlowLog } from './slowlog/slow-log.ts';
import { noteSlowLogSetting } from './wide/slow-log.ts';
import type { OwnInfo } from './wide/info/info.ts';
import type { Waits } from './wide/waits.ts';
import type { ProcessAnswers, ProcessPart, Processes } from './workers/processes.ts';

export type Parts = {
  readonly queries: ClientQueries;
  readonly pause: ClientPause;
  readonly session: Session;
  readonly waits: Waits;
  readonly monitors: Monitors;
  readonly pubsub: Pubsub;
  readonly slowLog: SlowLog;
  readonly own: () => OwnInfo;
  readonly processes: Pick<Processes, 'number'>;
};

/** `parts`: they are there before the first question. */
export function processPart(parts: () => Parts): ProcessPart {
  return {
    answers: answersOf(parts),
    onNews: ({ lines }) => parts().monitors.onShown(lines),
    onLeft: (process) => void parts().monitors.watch({ process, isOn: false }),
  };
}

function answersOf(parts: () => Parts): ProcessAnswers {
  return {
    clientList: (filter) => parts().queries.list(filter),
    clientKill: (order) => parts().queries.kill(order),
    clientUnblock: (order) => parts().session.unblock(order) || parts().waits.unblock(order),
    clientPause: (order) => parts().pause.start(order),
    clientUnpause: () => parts().pause.stop(),
    ownInfo: () => parts().own(),
    hasClient: (id) => parts().queries.has(id),
    watch: (order) => parts().monitors.watch(order),
    subscribers: (order) => parts().pubsub.subscribersOf(order),
    slowLogNewest: (count) => {
      const { slowLog, processes } = parts();
      return { process: processes.number, length: slowLog.length, entries: slowLog.newest(count) };
    },
    slowLogReset: () => parts().slowLog.reset(),
    slowLogSet: (setting) => noteSlowLogSetting(parts().slowLog, setting),
    standing: () => ({ pause: parts().pause.inForce, watching: parts().monitors.watching }),
  };
}

/** Calls `then` when this process stands with its clients as the others do with theirs. */
export function joinOthers(
  processes: Processes,
  { pause, monitors }: Pick<Parts, 'pause' | 'monitors'>,
  then: () => void,
): void {
  processes.ask('standing', null, (all) => {
    for (const { pause: inForce, watching } of all) {
      if (inForce !== null) pause.start(inForce);
      if (watching !== null) monitors.watch({ process: watching, isOn: true });
    }
    then();
  });
}
