import { describe, expect, it } from 'vitest';
import {
  ConfigError,
  environmentName,
  flagName,
  integer,
  list,
  loadSettings,
  oneOf,
  port,
  setting,
  text,
  url,
} from './index.ts';

const table = {
  apiPort: setting(port, '7400', 'Where it listens.'),
  etcd: setting(list(url), '', 'Members.'),
  mode: setting(oneOf('on', 'off'), 'on', 'A choice.'),
  dataDir: setting(text, undefined, 'Where data lies.'),
  workers: setting(integer(1, 8), '2', 'How many.'),
};
const required = { KEYFLEET_DATA_DIR: '/d' };

describe('names', () => {
  it('come from the key', () => {
    expect([flagName('apiPort'), environmentName('apiPort')]).toEqual([
      '--api-port',
      'KEYFLEET_API_PORT',
    ]);
  });
});

describe('loadSettings', () => {
  it('takes defaults where nothing is given, as values of their type', () => {
    expect(loadSettings(table, { argv: [], env: required })).toEqual({
      apiPort: 7400,
      etcd: [],
      mode: 'on',
      dataDir: '/d',
      workers: 2,
    });
  });

  it.each([
    [
      'the flag wins over the environment and the file',
      { argv: ['--api-port', '1'], env: { KEYFLEET_API_PORT: '2' }, file: { apiPort: 3 } },
      1,
    ],
    [
      'the environment wins over the file',
      { argv: [], env: { KEYFLEET_API_PORT: '2' }, file: { apiPort: 3 } },
      2,
    ],
    ['the file wins over the default', { argv: [], env: {}, file: { apiPort: 3 } }, 3],
    ['--flag=value is the same', { argv: ['--api-port=4'], env: {} }, 4],
  ])('%s', (_name, sources, want) => {
    const env = { ...required, ...sources.env };
    expect(loadSettings(table, { ...sources, env }).apiPort).toBe(want);
  });

  it('reads lists', () => {
    const { etcd } = loadSettings(table, {
      argv: ['--etcd', 'http://a:1,https://b:2'],
      env: required,
    });
    expect(etcd).toEqual(['http://a:1', 'https://b:2']);
  });

  it('shows every mistake at once', () => {
    const argv = [
      '--api-port',
      '70000',
      '--mode=maybe',
      '--workers',
      '1.5',
      '--etcd',
      'a:1',
      '--nope',
      '--data-dir',
    ];
    const read = (): unknown => loadSettings(table, { argv, env: {}, file: { extra: 1 } });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(
      [
        'Cannot start: 8 settings are wrong',
        '  --nope  is not a setting',
        '  --data-dir  wants a value',
        '  extra  is not a setting',
        '  --api-port  want an integer from 0 to 65535, got "70000"',
        '  --etcd  want http://host:port, got "a:1"',
        '  --mode  want one of on, off, got "maybe"',
        '  --data-dir  is required (or KEYFLEET_DATA_DIR)',
        '  --workers  want an integer from 1 to 8, got "1.5"',
      ].join('\n'),
    );
  });

  it('does not show the value of a flag that it does not know, which may be a password', () => {
    expect(() =>
      loadSettings(table, { argv: ['-upstream-password', 's3cret'], env: {} }),
    ).not.toThrow(/s3cret/);
    const argv = ['--datadir', 'secret', '--workers', '0', 'stray'];
    expect(() => loadSettings(table, { argv, env: required })).toThrow(
      [
        'Cannot start: 3 settings are wrong',
        '  --datadir  is not a setting, did you mean --data-dir?',
        '  stray  is not a setting',
        '  --workers  want an integer from 1 to 8, got "0"',
      ].join('\n'),
    );
  });

  it('gives a value that cannot be changed', () => {
    const settings = loadSettings(table, { argv: [], env: required });
    expect(Object.isFrozen(settings)).toBe(true);
  });
});
