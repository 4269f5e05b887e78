import { expect, it } from 'vitest';
import { checkCapacity, readCapacity } from './check-capacity.ts';

const roomy = { freeBytes: 22.8e9, tasksMax: 40_000, openFilesMax: 20_000 };

it('lets a usual cluster start', () => {
  expect(() => checkCapacity({ shards: 3, replicasPerShard: 1 }, roomy)).not.toThrow();
  expect(() => checkCapacity({ shards: 3, replicasPerShard: 1 }, readCapacity())).not.toThrow();
});

it('names the figure that is too small', () => {
  expect(() => checkCapacity({ shards: 1024, replicasPerShard: 5 }, roomy)).toThrow(
    'Cannot start 6144 servers: this machine has no room for them, want fewer --shards or --replicas\n' +
      '  memory  they need 73.7 GB (12 MB each), there are 22.8',
  );
});

it('names all that are too small, and takes what is not known for enough', () => {
  const tight = { freeBytes: Infinity, tasksMax: 1024, openFilesMax: 256 };
  expect(() => checkCapacity({ shards: 100, replicasPerShard: 1 }, tight)).toThrow(
    /servers: [^\n]*\n {2}processes and threads {2}they need 1200, there are 1024\n {2}open files {2}they need 500 per process, there are 256$/,
  );
});
