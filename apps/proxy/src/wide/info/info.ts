/** INFO: of all servers together, and of the proxy what is the proxy's. */
import { encode, encodeReply } from '@keyfleet/resp';
import type { Client } from '../../downstream/client.ts';
import { argumentText } from '../../route/refusals.ts';
import type { Handler } from '../../route/router.ts';
import { formatInfo, type InfoSections } from './info-text.ts';
import { InfoReader, type InfoReaderEnv } from './info-reader.ts';
import { SharedQuestions } from '../shared-questions.ts';
import { mergeInfo } from './merge-info.ts';

type Fields = Readonly<Record<string, string | number>>;

/** By section, in the order of INFO. */
export type OwnInfo = Readonly<Record<string, Fields>>;

export type InfoEnv = InfoReaderEnv & {
  /** Of all processes of the proxy. */
  readonly askOwn: () => Promise<OwnInfo>;
};

const EVERYTHING = ['all', 'default', 'everything'];

export function infoHandler(env: InfoEnv): [string, Handler] {
  const reader = new InfoReader(env);
  const ownQuestions = new SharedQuestions<OwnInfo>();
  const { routing } = env.calls;
  return [
    'info',
    (client) => {
      // What it wrote before is counted: the servers are asked on other connections.
      if (!client.isQuietOrWaits()) return;
      const wanted = wantedSections(client);
      const token = client.reserve();
      client.stayAlone();
      // Without a topology there is nobody to ask; who connects gets an answer all the same.
      const asked = routing.closedError === null ? reader.read(wanted) : Promise.resolve([]);
      Promise.all([asked, ownQuestions.ask('', env.askOwn)]).then(
        ([infos, ofProxy]) => {
          const of = { shards: routing.shards.length, shards_answered: infos.length };
          const own = { ...ofProxy, Keyfleet: of };
          const text = infoText(infos, { own, wanted });
          const reply = encodeReply({ type: 'verbatim', format: 'txt', text }, client.respVersion);
          client.onReply(token, reply, 0, reply.length);
        },
        (error: unknown) => client.onFailure(token, encode.errorReply(`ERR ${String(error)}`)),
      );
    },
  ];
}

function wantedSections({ request }: Client): string[] {
  return Array.from({ length: request.count - 1 }, (_, i) => argumentText(request, i + 1));
}

export function infoText(
  infos: readonly InfoSections[],
  { own, wanted }: { own: OwnInfo; wanted: readonly string[] },
): string {
  const merged = mergeInfo(infos);
  const names = wanted.map((name) => name.toLowerCase());
  const isAll = names.length === 0 || names.some((name) => EVERYTHING.includes(name));
  for (const [name, fields] of Object.entries(own)) {
    // The servers know which of their sections are meant; if none answered, the names do.
    const isWanted = isAll || names.includes(name.toLowerCase());
    if (!isWanted && !merged.has(name)) continue;
    merged.set(name, withOwn(merged.get(name), fields));
  }
  return formatInfo(merged);
}

function withOwn(
  fields: ReadonlyMap<string, string> | undefined,
  own: Fields,
): Map<string, string> {
  const text = Object.entries(own).map(([name, value]): [string, string] => [name, String(value)]);
  return new Map([...(fields ?? []), ...text]);
}
