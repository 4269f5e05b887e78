import { describe, expect, it } from 'vitest';
import { Resources } from './resources.ts';

const pods = { name: 'pods', kind: 'Pod', namespaced: true };
const podLogs = { name: 'pods/log', kind: 'Pod', namespaced: true };
const nodes = { name: 'nodes', kind: 'Node', namespaced: false };
const pod = { apiVersion: 'v1', kind: 'Pod' };

function testResources() {
  const asked: string[] = [];
  const lists = new Map<string, object>();
  const resources = new Resources((apiVersion) => {
    asked.push(apiVersion);
    return Promise.resolve(lists.get(apiVersion));
  });
  return { asked, lists, resources };
}

describe('Resources', () => {
  it('are asked for once for each API version', async () => {
    const { asked, lists, resources } = testResources();
    lists.set('v1', { resources: [pods, podLogs, nodes] });
    expect(await resources.find(pod)).toEqual({ plural: 'pods', isNamespaced: true });
    const node = await resources.find({ apiVersion: 'v1', kind: 'Node' });
    expect(node).toEqual({ plural: 'nodes', isNamespaced: false });
    await resources.find(pod);
    expect(asked).toEqual(['v1']);
  });

  it('are asked for again when a kind, or its whole API version, was not there', async () => {
    const { asked, lists, resources } = testResources();
    const missing = { code: 'NOT_FOUND', reason: 'NoSuchKind' };
    await expect(resources.find(pod)).rejects.toMatchObject(missing);
    lists.set('v1', { resources: [nodes] });
    await expect(resources.find(pod)).rejects.toMatchObject(missing);
    lists.set('v1', { resources: [nodes, pods] });
    expect(await resources.find(pod)).toMatchObject({ plural: 'pods' });
    expect(asked).toHaveLength(3);
  });
});
