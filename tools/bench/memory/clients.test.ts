import { startRedis } from '@keyfleet/testkit';
import { describe, expect, it } from 'vitest';
import { ask } from '../run/ask.ts';
import { dataSets } from '../workloads/data-sets.ts';
import { fill } from '../workloads/fill.ts';
import { DeafClient, IdleClients } from './clients.ts';

const clientsOf = async (server: { host: string; port: number }) =>
  (await ask(server, 'CLIENT LIST')).split('\n').filter((line) => line.startsWith('id='));

describe('IdleClients', () => {
  it('are connected, and get an answer when they ask for one', async () => {
    await using server = await startRedis();
    using clients = await IdleClients.connect(server, 250);
    await clients.pingEach();
    expect(await ask(server, 'INFO clients')).toContain('connected_clients:251');
  });
});

describe('DeafClient', () => {
  it('leaves its answers with the server', async () => {
    await using server = await startRedis();
    await fill(server, [dataSets.medium]);
    const client = new DeafClient(server, dataSets.medium, 64 * 1024 * 1024);
    await expect
      .poll(async () => (await clientsOf(server)).map((line) => /omem=(\d+)/.exec(line)?.[1]))
      .toContainEqual(expect.stringMatching(/^\d{8,}$/));
    client.close();
  });
});
