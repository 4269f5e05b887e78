import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { shardPassword, systemClock } from '@keyfleet/runtime';
import { freeAddress, startRedis, temporaryDirectory } from '@keyfleet/testkit';
import { describe, expect, it } from 'vitest';
import { NodeLink } from './node-link.ts';
import { NodeLinks } from './node-links.ts';

const owner = { cluster: 'team-a.orders', node: 'shard-0-1' };
type At = { readonly host: string; readonly port: number };

function linkTo({ host, port }: At, password: string | null = null): NodeLink {
  return new NodeLink({ ...owner, host, port, password }, systemClock);
}

describe('a link to a server', () => {
  it('reads it, and reaches no later life of it', async () => {
    await using server = await startRedis();
    const link = linkTo(server);
    const first = await link.observe(5000);
    expect(first).toMatchObject({ info: { role: 'primary', pid: expect.any(Number) as number } });
    const { runId } = (first as { info: { runId: string } }).info;
    expect(await link.execute(runId, [['SET', 'a', '1'], ['DBSIZE']])).toEqual(['OK', 1]);

    await server.kill();
    await server.restart();
    await expect(link.execute(runId, [['SET', 'a', '2']])).rejects.toMatchObject({ code: 'NODE' });
    await expect.poll(() => link.observe(5000)).toMatchObject({ info: { keys: 0 } });
    await expect(link.execute(runId, [['SET', 'a', '2']])).rejects.toMatchObject({ code: 'NODE' });
    link.close();
  });

  it('says why there is no answer, and waits no longer than it is told', async () => {
    await using server = await startRedis();
    const link = linkTo(server);
    server.pause();
    expect(await link.observe(1)).toEqual({ fault: 'no answer in 1 ms' });
    server.resume();
    await expect.poll(() => link.observe(5000)).toHaveProperty('info');
    const seen = await link.observe(5000);
    link.close();
    await server.kill();
    const pid = (seen as { info: { pid: number } }).info.pid;
    expect(await link.observe(5000)).toEqual({ fault: 'connection refused', lastPid: pid });
    link.close();
  });
});

describe('a server with a password', () => {
  const secret = 'of the cluster';
  const password = shardPassword(secret, 'shard-0');
  const args = ['--requirepass', password];
  const [refused, lacking, open] = [
    "refuses the shard's password",
    'asks for a password, and the cluster has none',
    "takes no password, want the shard's",
  ];

  it.each<[string, string[], string | null, string]>([
    ['another password', args, shardPassword(secret, 'shard-1'), refused],
    ['none', args, null, lacking],
    ['one, and the server asks for none', [], password, open],
  ])('is at fault for a link with %s', async (_name, given, offered, fault) => {
    await using server = await startRedis({ args: given });
    const link = linkTo(server, offered);
    expect(await link.observe(5000)).toEqual({ fault });
    link.close();
  });

  it('is commanded by a link that has it', async () => {
    await using server = await startRedis({ args });
    const link = linkTo(server, password);
    const { info } = (await link.observe(5000)) as { info: { runId: string } };
    expect(await link.execute(info.runId, [['SET', 'a', '1'], ['DBSIZE']])).toEqual(['OK', 1]);
    const [name] = await link.execute(info.runId, [['CLIENT', 'GETNAME']]);
    expect(name).toBe('keyfleet-configserver');
    link.close();
  });

  it('is asked again on another connection when the secret changed', async () => {
    await using server = await startRedis({ args });
    const { host, port } = server;
    const nodes = [{ id: 'shard-0-1', shard: 'shard-0', ordinal: 1, host, port }];
    const links = new NodeLinks(owner.cluster, systemClock);
    const look = async (of: string | null) => (await links.observe(nodes, of)).get('shard-0-1');
    expect(await look('another')).toEqual({ fault: refused });
    expect(await look(secret)).toHaveProperty('info');
    expect(await look('another')).toEqual({ fault: refused });
    expect(await look(null)).toEqual({ fault: lacking });
    links.close();
  });
});

describe('an address that was given to another server', () => {
  it('is at fault, and nothing is commanded there', async () => {
    await using directory = await temporaryDirectory();
    const address = await freeAddress();
    const configFile = join(directory.path, 'team-b.orders.shard-0-1.conf');
    await mkdir(join(directory.path, 'data'));
    await writeFile(
      configFile,
      `bind ${address.host}\nport ${address.port}\ndir ${directory.path}/data\nsave ""\n`,
    );
    await using server = await startRedis({ address, configFile });
    const theirs = new NodeLink(
      { ...address, cluster: 'team-b.orders', node: 'shard-0-1', password: null },
      systemClock,
    );
    const { info } = (await theirs.observe(5000)) as { info: { runId: string } };
    theirs.close();

    const ours = linkTo(server);
    expect(await ours.observe(5000)).toEqual({
      fault: 'another server answers here: shard-0-1 of team-b.orders',
    });
    await expect(ours.execute(info.runId, [['SET', 'a', '1']])).rejects.toMatchObject({
      code: 'NODE',
    });
    ours.close();
  });
});
