import { Command } from 'commander';
import packageFile from '../package.json' with { type: 'json' };
import { EXIT_USAGE, exitCodesHelp } from './command-error.ts';
import { down } from './down.ts';
import { logs } from './logs.ts';
import { addSettings, readSettings, type Flags } from './option-settings.ts';
import { runCommand } from './run-command.ts';
import { clusterSetting, dataDirSetting, linesSetting, upSettings } from './settings.ts';
import { status } from './status.ts';
import { up } from './up.ts';

const { env } = process;
/** Ctrl-C ends `logs --follow` as it ends any command. */
const endless = new AbortController().signal;
const where = { dataDir: dataDirSetting };
const which = { ...where, cluster: clusterSetting };
const tailing = { ...which, lines: linesSetting };

const program = new Command('keyfleet')
  .description('A sharded, replicated Redis behind one address.')
  .version(packageFile.version, '--version', 'Show the version.')
  .showHelpAfterError('(--help shows what can be said here)')
  // Commander has said what is wrong; its own exit code is 1.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_USAGE))
  .addHelpText('after', exitCodesHelp);

addSettings(program.command('up').description('Start the platform here'), {
  ...upSettings,
  ...where,
})
  .option('-f, --file <manifest>', 'A RedisCluster manifest (YAML).')
  .option('--detach', 'Leave it running in the background.', false)
  .action(({ file, detach, dataDir, ...flags }: Flags & { detach: boolean }) =>
    runCommand(() => up({ ...readSettings(where, { dataDir }, env), flags, env, file, detach })),
  );

addSettings(program.command('status').description('Show shards, replicas and proxies'), which)
  .option('--json', 'For programs.', false)
  .action(({ json, ...flags }: Flags & { json: boolean }) =>
    runCommand(() => status({ ...readSettings(which, flags, env), json })),
  );

addSettings(program.command('down').description('Stop the platform; its data stays'), where).action(
  (flags: Flags) => runCommand(() => down(readSettings(where, flags, env).dataDir)),
);

addSettings(program.command('logs').description('Show what the parts say'), tailing)
  .argument('[component]', 'such as supervisor, configserver, proxy, shard-0, shard-0-1')
  .option('--follow', 'Go on with what comes.', false)
  .action((component: string | undefined, { follow, ...flags }: Flags & { follow: boolean }) =>
    runCommand(() => logs({ ...readSettings(tailing, flags, env), component, follow }, endless)),
  );

// `keyfleet logs | head` is no failure of ours.
process.stdout.on('error', () => process.exit(0));
await program.parseAsync();
