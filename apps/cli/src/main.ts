import { DataDirectoryError } from '@keyfleet/local-platform';
import {
  ConfigError,
  environmentName,
  flagName,
  integer,
  loadSettings,
  setting,
  type SettingsTable,
} from '@keyfleet/runtime';
import { Command, Option } from 'commander';
import { CommandError } from './command-error.ts';
import { down } from './down.ts';
import { logs } from './logs.ts';
import { dataDirSetting, upSettings } from './settings.ts';
import { status } from './status.ts';
import { up } from './up.ts';

type Flags = Partial<Record<string, string>>;

const { env } = process;
/** Ctrl-C ends `logs --follow` as it ends any command. */
const endless = new AbortController().signal;
const where = { dataDir: dataDirSetting };
const tailing = { lines: setting(integer(0, 1_000_000), '50', 'Lines of each log to begin with.') };

const program = new Command('keyfleet')
  .description('A sharded, replicated Redis behind one address.')
  .showHelpAfterError('(--help shows what can be said here)');

addSettings(program.command('up').description('Start the platform here'), {
  ...upSettings,
  ...where,
})
  .option('-f, --file <manifest>', 'A RedisCluster manifest (YAML).')
  .option('--detach', 'Leave it running in the background.', false)
  .action(({ file, detach, dataDir, ...flags }: Flags & { detach: boolean }) =>
    run(() => up({ ...read(where, { dataDir }), flags, env, file, detach })),
  );

addSettings(program.command('status').description('Show shards, replicas and proxies'), where)
  .option('--json', 'For programs.', false)
  .action(({ dataDir, json }: Flags & { json: boolean }) =>
    run(() => status({ ...read(where, { dataDir }), json })),
  );

addSettings(program.command('down').description('Stop the platform; its data stays'), where).action(
  ({ dataDir }: Flags) => run(() => down(read(where, { dataDir }).dataDir)),
);

addSettings(program.command('logs').description('Show what the parts say'), {
  ...where,
  ...tailing,
})
  .argument('[component]', 'such as supervisor, configserver, proxy, shard-0, shard-0-1')
  .option('--follow', 'Go on with what comes.', false)
  .action(
    (component: string | undefined, { follow, dataDir, lines }: Flags & { follow: boolean }) =>
      run(() =>
        logs({ ...read({ ...where, ...tailing }, { dataDir, lines }), component, follow }, endless),
      ),
  );

// `keyfleet logs | head` is no failure of ours.
process.stdout.on('error', () => process.exit(0));
await program.parseAsync();

function addSettings(command: Command, table: SettingsTable): Command {
  for (const [key, { form, fallback = '', help }] of Object.entries(table)) {
    const sources = [...(fallback === '' ? [] : [`default ${fallback}`]), environmentName(key)];
    command.addOption(new Option(`${flagName(key)} <${form}>`, `${help} (${sources.join(', ')})`));
  }
  return command;
}

function read<T extends SettingsTable>(table: T, flags: Flags): ReturnType<typeof loadSettings<T>> {
  const argv = Object.entries(flags).flatMap(([key, value]) =>
    value === undefined ? [] : [`${flagName(key)}=${value}`],
  );
  return loadSettings(table, { argv, env });
}

async function run(command: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    const isForUser = error instanceof CommandError || error instanceof ConfigError;
    const isExpected = isForUser || error instanceof DataDirectoryError;
    const { message, stack } = error as Error;
    process.stderr.write(`${isExpected ? message : (stack ?? message)}\n`);
    process.exitCode = isForUser ? error.exitCode : 1;
  }
}
