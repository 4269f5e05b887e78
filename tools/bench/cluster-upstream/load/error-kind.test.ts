import { describe, expect, it } from 'vitest';
import { errorKind } from './error-kind.ts';

describe('errorKind', () => {
  it.each([
    ['MOVED 1234 127.0.0.1:7000', 'MOVED'],
    ['CLUSTERDOWN The cluster is down', 'CLUSTERDOWN'],
    ['upstream failure', 'upstream failure'],
    ['no upstream host', 'no upstream host'],
    ['ERR cannot reach 127.0.0.1:7000 in 250 ms', 'ERR cannot reach N in N ms'],
    ['', ''],
  ])('%s', (text, kind) => {
    expect(errorKind(text)).toBe(kind);
  });
});
