import { join } from 'node:path';
import { build } from 'esbuild';
import { inlineEtcdProtocol } from './inline-etcd-protocol.ts';

/** CommonJS dependencies call require, which an ES module does not have. */
const requireBanner = `import { createRequire as bundleRequire } from 'node:module';
const require = bundleRequire(import.meta.url);`;

/** Bundles an app into one file, which is all that its image needs besides Node.js. */
export async function bundle(projectRoot: string, outfile: string): Promise<void> {
  await build({
    absWorkingDir: join(import.meta.dirname, '../..'),
    entryPoints: [join(projectRoot, 'src/main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node26',
    sourcemap: true,
    logLevel: 'warning',
    banner: { js: requireBanner },
    plugins: [inlineEtcdProtocol],
  });
}
