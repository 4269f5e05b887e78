// Plain JavaScript: it runs before a Node.js that reads TypeScript is there.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 24;

/** Runs a program of the repository, which brings its own Node.js 26 as an npm package for machines with an older one. */
export async function withOwnNode(main) {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
    // Halves the time to start after the first run; what we start ourselves inherits it (supervisor-client.ts).
    module.enableCompileCache();
    await main();
  } else {
    runAgain();
  }
}

function runAgain() {
  const node = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url));
  if (!existsSync(node)) {
    const want = `want version ${NODE_MAJOR_MIN} or newer, or the one that \`npm ci\` installs here`;
    process.stderr.write(`Cannot run with Node.js ${process.version}: ${want}\n`);
    process.exit(1);
  }
  // As it was called: the name tells whether kubectl did.
  const script = process.argv[1];
  // The channel tells the child when this process is killed: it stops then, as it would without us in between.
  const child = spawn(node, [script, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  // A terminal sends Ctrl-C to both of us; what is sent to this process alone is passed on.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exit(code ?? (signal === null ? 1 : 128));
  });
}
