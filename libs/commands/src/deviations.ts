/** For tests: where our answer for the keys of a request is not a server's, and why. */
import type { ServerName } from './command-row.ts';

type Deviation = {
  because: string;
  from: readonly ServerName[];
  isOf: (request: readonly string[]) => boolean;
};
/**
 * Where a server's COMMAND GETKEYS is not what the command itself takes for its keys, or the
 * servers are not of one mind.
 */
export const deviations: readonly Deviation[] = [
  {
    because:
      'GETKEYS takes a group or consumer called STREAMS for the option; the command does not',
    from: ['redis7', 'redis8', 'valkey9'],
    isOf: ([name, ...rest]) => name === 'xreadgroup' && rest.filter(isStreams).length > 1,
  },
  {
    because:
      'the command obeys the last STORE, and so says Valkey; GETKEYS of Redis names the first',
    from: ['redis7', 'redis8'],
    isOf: ([name, ...rest]) =>
      (name === 'georadius' && isStore(rest[4])) ||
      (['georadius', 'georadiusbymember'].includes(name ?? '') && rest.filter(isStore).length > 1),
  },
  {
    because: 'Redis 7.0 wraps a key count to 32 bits, the command refuses it',
    from: ['redis7'],
    isOf: (request) => request.includes('4294967297'),
  },
  {
    because: 'ZRANK takes WITHSCORE since Redis 7.2',
    from: ['redis7'],
    isOf: ([name = '', ...rest]) => ['zrank', 'zrevrank'].includes(name) && rest.length > 2,
  },
  {
    because: 'Redis 7.0 cannot be asked for the keys of a name alone',
    from: ['redis7'],
    isOf: (request) => request.length === 1,
  },
];

function isStreams(word: string): boolean {
  return word.toLowerCase() === 'streams';
}

function isStore(word: string | undefined): boolean {
  return ['store', 'storedist'].includes(word?.toLowerCase() ?? '');
}
