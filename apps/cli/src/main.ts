import { basename } from 'node:path';
import { Command } from 'commander';
import packageFile from '../package.json' with { type: 'json' };
import { EXIT_USAGE, exitCodesHelp } from './command-error.ts';
import { down } from './down.ts';
import { addSettings, readSettings, type Flags } from './option-settings.ts';
import { runCommand } from './run-command.ts';
import { dataDirSetting, logsSettings, statusSettings, upSettings } from './settings.ts';
import { showLogs, showStatus, type LogsSwitches, type StatusSwitches } from './show-platform.ts';
import { up } from './up.ts';

const { env } = process;
/** kubectl finds us by this name (bin/kubectl-keyfleet.mjs); it means Kubernetes, so nothing of this machine is offered. */
const isPlugin = basename(process.argv[1] ?? '').startsWith('kubectl-keyfleet');
/** Ctrl-C ends `logs --follow` as it ends any command. */
const endless = new AbortController().signal;
const where = { dataDir: dataDirSetting };

const program = new Command(isPlugin ? 'kubectl keyfleet' : 'keyfleet')
  .description('A sharded, replicated Redis behind one address.')
  .version(packageFile.version, '--version', 'Show the version.')
  .showHelpAfterError('(--help shows what can be said here)')
  // Commander has said what is wrong; its own exit code is 1.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_USAGE))
  .addHelpText('after', exitCodesHelp);

if (!isPlugin) addCommandsOfThisMachine();

addShownSettings('status', 'Show shards, replicas and proxies', statusSettings)
  .option('-A, --all-namespaces', 'Kubernetes: the clusters of all namespaces.', false)
  .option('--json', 'For programs.', false)
  .action((flags: Flags & StatusSwitches) =>
    runCommand(() => showStatus({ isPlugin, flags, env })),
  );

addShownSettings('logs', 'Show what the parts say', logsSettings)
  .argument('[component]', 'such as operator, supervisor, configserver, proxy, shard-0, shard-0-1')
  .option('--follow', 'Go on with what comes.', false)
  .option('--previous', 'Kubernetes: what containers said before their last restart.', false)
  .action((component: string | undefined, flags: Flags & LogsSwitches) =>
    runCommand(() => showLogs({ isPlugin, flags, env }, component, endless)),
  );

// `keyfleet logs | head` is no failure of ours.
process.stdout.on('error', () => process.exit(0));
await program.parseAsync();

function addCommandsOfThisMachine(): void {
  addSettings(program.command('up').description('Start the platform here'), {
    ...upSettings,
    ...where,
  })
    .option('-f, --file <manifest>', 'A RedisCluster manifest (YAML).')
    .option('--detach', 'Leave it running in the background.', false)
    .action(({ file, detach, dataDir, ...flags }: Flags & { detach: boolean }) =>
      runCommand(() => up({ ...readSettings(where, { dataDir }, env), flags, env, file, detach })),
    );

  addSettings(
    program.command('down').description('Stop the platform; its data stays'),
    where,
  ).action((flags: Flags) => runCommand(() => down(readSettings(where, flags, env).dataDir)));
}

function addShownSettings(name: string, description: string, table: typeof statusSettings) {
  const { dataDir, ...others } = table;
  const offered = isPlugin ? others : { dataDir, ...others };
  return addSettings(program.command(name).description(description), offered, { namespace: 'n' });
}
