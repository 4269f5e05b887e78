import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { integer, list, loadSettings, setting, sourcesOf, text } from './index.ts';

const table = {
  port: setting(integer(1, 65535), '7480', 'A port.'),
  names: setting(list(text), '', 'Names.'),
};
let directory: string;
const file = (content: string): string => {
  const path = join(directory, 'settings.yaml');
  writeFileSync(path, content);
  return path;
};
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'keyfleet-settings-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('sourcesOf', () => {
  it.each([
    ['by flag', (path: string) => sourcesOf(['--config', path], {})],
    ['by flag with =', (path: string) => sourcesOf([`--config=${path}`], {})],
    ['by the environment', (path: string) => sourcesOf([], { KEYFLEET_CONFIG: path })],
  ])('reads the file that is named %s', (_name, sources) => {
    const path = file('port: 1234\nnames: [a, b]\n');
    expect(loadSettings(table, sources(path))).toEqual({ port: 1234, names: ['a', 'b'] });
  });

  it('leaves the other flags, which win', () => {
    const sources = sourcesOf(['--port', '1', '--config', file('port: 2'), '--names=x'], {});
    expect(loadSettings(table, sources)).toEqual({ port: 1, names: ['x'] });
  });

  it('takes scalars as they are written', () => {
    const names = file('names: [0123, true, on, ~, 1e3]');
    expect(loadSettings(table, sourcesOf(['--config', names], {})).names).toEqual(
      '0123 true on ~ 1e3'.split(' '),
    );
  });

  it('reads JSON, and YAML that repeats itself by aliases', () => {
    const json = file('{"port": 5, "names": ["a"]}');
    expect(loadSettings(table, sourcesOf(['--config', json], {})).port).toBe(5);
    const { file: fields } = sourcesOf(['--config', file('a: &a {x: 1}\nb: {<<: *a, y: 2}')], {});
    expect(fields).toMatchObject({ b: { x: '1', y: '2' } });
  });

  it('knows the line of each field', () => {
    const { lineOf } = sourcesOf(
      ['--config', file('a:\n  b:\n  - c: 1\n  - d: &d {e: 1}\nf: *d\n')],
      {},
    );
    const lines = [['a'], ['a', 'b'], ['a', 'b', 1, 'd'], ['f'], ['f', 'e'], ['z']].map(lineOf!);
    expect(lines).toEqual([1, 2, 4, 5, 5, undefined]);
  });

  it.each(['&s3cret', '*s3cret', '!s3cret', '|s3cret', "'a's3cret", '%s3cret', '@s3cret'])(
    'refuses %s for a text, which YAML takes for something else, and does not show it',
    (value) => {
      const read = () => sourcesOf(['--config', file(`port: 1\nnames: ${value}`)], {});
      expect(read).toThrow(/cannot read.*\(line 2\)/);
      expect(read).not.toThrow(/s3cret/);
    },
  );

  it.each([
    [
      'that is not there',
      () => join(directory, 'none.yaml'),
      /--config {2}cannot read ".*none\.yaml": ENOENT/,
    ],
    ['that is no YAML', () => file('\na: [1'), /--config {2}cannot read.*\(line 2\)/],
    ['with a field twice', () => file('a: 1\na: 2'), /Map keys must be unique.*\(line 2\)/],
    ['with an alias of nothing', () => file('a: *b'), /--config {2}cannot read.*Unresolved alias/],
    ['with several documents', () => file('a: 1\n---\na: 2'), /want one document, got several/],
    ['without fields', () => file('- 1'), /--config {2}want fields such as "port: 7480"/],
    [
      'with a field that is no setting',
      () => file('prot: 1'),
      /prot {2}is not a setting, did you mean port\? \(line 1\)/,
    ],
  ])('refuses a file %s', (_name, path, want) => {
    expect(() => loadSettings(table, sourcesOf(['--config', path()], {}))).toThrow(want);
  });
});
