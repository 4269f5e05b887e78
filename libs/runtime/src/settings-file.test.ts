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

  it.each([
    [
      'that is not there',
      () => join(directory, 'none.yaml'),
      /--config {2}cannot read ".*none\.yaml": ENOENT/,
    ],
    ['that is no YAML', () => file('a: [1'), /--config {2}cannot read/],
    ['without fields', () => file('- 1'), /--config {2}want fields such as "port: 7480"/],
    ['with a field that is no setting', () => file('prot: 1'), /prot {2}is not a setting/],
  ])('refuses a file %s', (_name, path, want) => {
    expect(() => loadSettings(table, sourcesOf(['--config', path()], {}))).toThrow(want);
  });
});
