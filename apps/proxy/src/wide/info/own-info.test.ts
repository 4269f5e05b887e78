import { expect, it } from 'vitest';
import { sumOwnInfo } from './own-info.ts';

const of = (port: number, clients: number) => ({
  Server: { tcp_port: port, redis_mode: 'standalone' },
  Clients: { connected_clients: clients, maxclients: 100 },
});

it.each([
  ['one is as it is', [of(1, 5)], of(1, 5)],
  ['clients are summed, the rest is the first process’s', [of(1, 5), of(2, 7)], of(1, 12)],
  ['one that lacks a field adds nothing', [of(1, 5), { Server: {} }], of(1, 5)],
])('%s', (_what, all, want) => expect(sumOwnInfo(all)).toEqual(want));
