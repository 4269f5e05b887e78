import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { temporaryDirectory } from '@keyfleet/testkit';
import { describe, expect, it } from 'vitest';
import { bundle } from './bundle.ts';

/** Runs the bundle of an app where nothing of this repository is near. */
async function runBundle(app: string, args: string[]) {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'main.js');
  await bundle(`apps/${app}`, file);
  const options = { cwd: directory.path, encoding: 'utf8', env: {} } as const;
  return spawnSync(process.execPath, [file, ...args], options);
}

describe('the bundle of', () => {
  it('the proxy says that it has no configserver', async () => {
    const { status, stderr } = await runBundle('proxy', []);
    expect(stderr).toContain('--configserver  is required (or KEYFLEET_CONFIGSERVER)');
    expect(status).toBe(78);
  });

  it('the configserver says what is wrong with its settings', async () => {
    const { status, stderr } = await runBundle('configserver', ['--api-port', 'x', '--etcd', 'y']);
    expect(stderr).toMatch(/2 settings are wrong\n {2}--api-port .*\n {2}--etcd /);
    expect(status).toBe(78);
  });

  it('keyfleet says what it can do', async () => {
    const { status, stdout } = await runBundle('cli', ['--help']);
    expect(stdout).toContain('keyfleet');
    expect(status).toBe(0);
  });
});
