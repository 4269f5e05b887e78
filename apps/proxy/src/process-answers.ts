/** What this process answers when the processes of the proxy ask each other, and what it learns when it begins. */
import type { ClientPause } from './local/client-pause.ts';
import type { ClientQueries } from './local/client-queries.ts';
import type { Session } from './session/create-session.ts';
import type { OwnInfo } from './wide/info/info.ts';
import type { Waits } from './wide/waits.ts';
import type { ProcessAnswers, Processes } from './workers/processes.ts';

export type Answering = {
  readonly queries: ClientQueries;
  readonly pause: ClientPause;
  readonly session: Session;
  readonly waits: Waits;
  readonly own: () => OwnInfo;
};

/** `parts`: they are there before the first question. */
export function processAnswers(parts: () => Answering): ProcessAnswers {
  return {
    clientList: (filter) => parts().queries.list(filter),
    clientKill: (order) => parts().queries.kill(order),
    clientUnblock: (order) => parts().session.unblock(order) || parts().waits.unblock(order),
    clientPause: (order) => parts().pause.start(order),
    clientUnpause: () => parts().pause.stop(),
    ownInfo: () => parts().own(),
    standing: () => ({ pause: parts().pause.inForce }),
  };
}

/** Calls `then` when this process stands with its clients as the others do with theirs. */
export function joinOthers(processes: Processes, pause: ClientPause, then: () => void): void {
  processes.ask('standing', null, (all) => {
    for (const { pause: inForce } of all) if (inForce !== null) pause.start(inForce);
    then();
  });
}
