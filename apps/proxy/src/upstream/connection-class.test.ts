import { describe, expect, it } from 'vitest';
import {
  classOf,
  databaseOf,
  isBroadcast,
  isNoTouch,
  isReceiver,
  isTracked,
  receiverOf,
  toldBy,
  tracked,
  trackingRequest,
  untracked,
  versionOf,
  withDatabase,
  withNoTouch,
  withVersion,
  type TrackingKind,
} from './connection-class.ts';

const kinds: [TrackingKind, string[]][] = [
  [{ isBroadcast: false, ownId: null }, []],
  [{ isBroadcast: true, ownId: null }, ['BCAST']],
  [{ isBroadcast: false, ownId: 1 }, ['NOLOOP']],
  [{ isBroadcast: true, ownId: 2 ** 20 }, ['BCAST', 'NOLOOP']],
];
const databases = [0, 1, 15, 999_999];

describe('a connection class', () => {
  it.each(databases)('keeps protocol and database %d', (database) => {
    for (const version of [2, 3] as const) {
      const plain = classOf(version, database);
      expect([versionOf(plain), databaseOf(plain), isTracked(plain)]).toEqual([
        version,
        database,
        false,
      ]);
      for (const [kind] of kinds) {
        const of = tracked(plain, kind);
        expect([versionOf(of), databaseOf(of), untracked(of)]).toEqual([version, database, plain]);
        expect([isTracked(of), isBroadcast(of), isReceiver(of)]).toEqual([
          true,
          kind.isBroadcast,
          false,
        ]);
        expect(tracked(of, kind)).toBe(of);
      }
    }
  });

  it('changes protocol and database, and nothing else', () => {
    for (const [kind] of kinds) {
      const of = tracked(classOf(2, 7), kind);
      expect(withVersion(of, 3)).toBe(tracked(classOf(3, 7), kind));
      expect(withDatabase(of, 999_999)).toBe(tracked(classOf(2, 999_999), kind));
      expect(withDatabase(of, 0)).toBe(tracked(classOf(2, 0), kind));
    }
  });

  it('keeps CLIENT NO-TOUCH, whatever is tracked, and until it is off', () => {
    for (const [kind] of kinds) {
      const plain = classOf(2, 999_999);
      const of = withNoTouch(tracked(plain, kind), true);
      expect([isNoTouch(of), isNoTouch(untracked(of)), isNoTouch(plain)]).toEqual([
        true,
        true,
        false,
      ]);
      expect(of).toBe(tracked(withNoTouch(plain, true), kind));
      expect(withNoTouch(of, true)).toBe(of);
      expect(withNoTouch(of, false)).toBe(tracked(plain, kind));
      expect([versionOf(of), databaseOf(of)]).toEqual([2, 999_999]);
      expect(toldBy(receiverOf(of)!)).toBe(of);
      expect(withVersion(withDatabase(of, 0), 3)).toBe(
        withNoTouch(tracked(classOf(3, 0), kind), true),
      );
    }
  });

  it('is another for each kind, protocol, database and owner', () => {
    const all = [2, 3].flatMap((version) =>
      databases.flatMap((database) => {
        const plain = classOf(version as 2 | 3, database);
        const own = { isBroadcast: false, ownId: 2 };
        const trackedOnes = [...kinds.map(([kind]) => kind), own].map((kind) =>
          tracked(plain, kind),
        );
        const receivers = trackedOnes.map(receiverOf).filter((of) => of !== null);
        const touching = [plain, ...trackedOnes, ...receivers];
        return [...touching, ...touching.map((of) => withNoTouch(of, true))];
      }),
    );
    expect(new Set(all).size).toBe(all.length);
  });

  it.each(kinds)('%j asks the server for it', (kind, words) => {
    const of = tracked(classOf(3, 0), kind);
    expect(trackingRequest(of, null)).toEqual(['CLIENT', 'TRACKING', 'ON', ...words]);
    expect(receiverOf(of)).toBeNull();
    expect(toldBy(of)).toBe(of);
  });

  it.each(kinds)('%j of RESP2 is told over a receiver', (kind, words) => {
    const of = tracked(classOf(2, 3), kind);
    const receiver = receiverOf(of)!;
    expect([versionOf(receiver), databaseOf(receiver), isReceiver(receiver)]).toEqual([3, 3, true]);
    expect(trackingRequest(receiver, null)).toBeNull();
    expect(toldBy(receiver)).toBe(of);
    const redirected = ['CLIENT', 'TRACKING', 'ON', 'REDIRECT', '42', ...words];
    expect(trackingRequest(of, 42)).toEqual(redirected);
  });

  it('has nothing tracked by itself', () => {
    expect(trackingRequest(classOf(3, 0), null)).toBeNull();
  });
});
