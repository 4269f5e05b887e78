import { appendFileSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@keyfleet/testkit';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { localLogs, type LocalLogsOptions } from './local-logs.ts';
import { logs } from './logs.ts';

let output = '';
beforeEach(() => {
  output = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

const never = new AbortController().signal;
const show = async (options: LocalLogsOptions, signal: AbortSignal = never) =>
  logs(localLogs(options), signal);

async function withLogs(files: Record<string, string>) {
  const directory = await temporaryDirectory();
  mkdirSync(join(directory.path, 'logs'));
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(directory.path, 'logs', name), text);
  return directory;
}

it('shows the end of each log, with its name where there are several', async () => {
  await using directory = await withLogs({
    'proxy-0.log': 'a\nb\nc\n',
    'supervisor.log': 'd\n',
    'proxy-0.log.1': 'old\n',
  });
  await show({
    dataDir: directory.path,
    cluster: '',
    component: undefined,
    lines: 2,
    follow: false,
  });
  expect(output).toBe('proxy-0    | b\nproxy-0    | c\nsupervisor | d\n');
});

it('takes the start of a name for all that begin with it', async () => {
  await using directory = await withLogs({ 'shard-1-0.log': 'a\n', 'shard-10-0.log': 'b\n' });
  await show({
    dataDir: directory.path,
    cluster: '',
    component: 'shard-1',
    lines: 5,
    follow: false,
  });
  expect(output).toBe('a\n');
});

it('follows a log over its truncation, whole lines at a time', async () => {
  await using directory = await withLogs({ 'proxy-0.log': 'old\n' });
  const path = join(directory.path, 'logs/proxy-0.log');
  const stopped = new AbortController();
  const options = {
    dataDir: directory.path,
    cluster: '',
    component: 'proxy',
    lines: 0,
    follow: true,
  };
  const done = show(options, stopped.signal);
  appendFileSync(path, 'new\nhal');
  await vi.waitFor(() => expect(output).toBe('new\n'), 10_000);
  appendFileSync(path, 'f\n');
  await vi.waitFor(() => expect(output).toBe('new\nhalf\n'), 10_000);
  truncateSync(path);
  appendFileSync(path, 'x\n');
  await vi.waitFor(() => expect(output).toBe('new\nhalf\nx\n'), 10_000);
  stopped.abort();
  await done;
});

it.each([
  ['what is not there', { 'proxy-0.log': '' }, /want one of proxy-0$/],
  ['an empty directory', {}, /there are none in/],
])('refuses %s', async (_name, files, want) => {
  await using directory = await withLogs(files);
  const options = {
    dataDir: directory.path,
    cluster: '',
    component: 'nope',
    lines: 1,
    follow: false,
  };
  await expect(show(options)).rejects.toThrow(want);
});
