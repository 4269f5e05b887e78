/** Which clients CLIENT LIST and CLIENT KILL mean (networking.c `clientCommand`). */
import { isInteger64 } from './integer64.ts';
import { wordTable } from '../route/word-table.ts';

export type ClientType = 'normal' | 'master' | 'replica' | 'pubsub';

export type ClientFilter = {
  readonly ids: ReadonlySet<number> | null;
  readonly type: ClientType | null;
  readonly address: string | null;
  readonly localAddress: string | null;
  readonly user: string | null;
  readonly ageSecondsMin: number | null;
  /** KILL spares the client that asks. */
  readonly skipsSelf: boolean;
};

/** What a filter is compared with. */
export type FilteredClient = {
  readonly id: number;
  readonly type: ClientType;
  readonly address: string;
  readonly localAddress: string;
  readonly user: string;
  readonly ageSeconds: number;
};

const EVERYONE: ClientFilter = {
  ids: null,
  type: null,
  address: null,
  localAddress: null,
  user: null,
  ageSecondsMin: null,
  skipsSelf: true,
};
const SYNTAX = 'ERR syntax error';
const types = wordTable<ClientType>({
  normal: 'normal',
  master: 'master',
  slave: 'replica',
  replica: 'replica',
  pubsub: 'pubsub',
});

/** The arguments behind CLIENT LIST; a text is the error. */
export function parseListFilter(options: readonly string[]): ClientFilter | string {
  const [option = '', ...values] = options;
  if (options.length === 0) return EVERYONE;
  if (option.toLowerCase() === 'type' && values.length === 1) return typeFilter(values[0]!);
  if (option.toLowerCase() !== 'id' || values.length === 0) return SYNTAX;
  if (!values.every(isInteger64)) return 'ERR Invalid client ID';
  const ids = values.map(Number);
  return { ...EVERYONE, ids: new Set(ids) };
}

type IsUser = (name: string) => boolean;

const isDefaultUser: IsUser = (name) => name === 'default';

/** The arguments behind CLIENT KILL in its newer form, in pairs; a text is the error. */
export function parseKillFilter(
  options: readonly string[],
  isUser = isDefaultUser,
): ClientFilter | string {
  if (options.length % 2 !== 0) return SYNTAX;
  let filter = EVERYONE;
  for (let at = 0; at < options.length; at += 2) {
    const parsed = killOption(options[at]!.toLowerCase(), options[at + 1]!, isUser);
    if (typeof parsed === 'string') return parsed;
    filter = { ...filter, ...parsed };
  }
  return filter;
}

const yesOrNo = wordTable({ yes: true, no: false });

const killOptions = wordTable<(value: string, isUser: IsUser) => Partial<ClientFilter> | string>({
  id: (value) =>
    /^[1-9]\d{0,15}$/.test(value)
      ? { ids: new Set([Number(value)]) }
      : 'ERR client-id should be greater than 0',
  type: typeFilterPart,
  addr: (address) => ({ address }),
  laddr: (localAddress) => ({ localAddress }),
  user: (user, isUser) => (isUser(user) ? { user } : `ERR No such user '${user}'`),
  skipme: (value) => {
    const skipsSelf = yesOrNo.get(value.toLowerCase());
    return skipsSelf === undefined ? SYNTAX : { skipsSelf };
  },
  maxage: (value) =>
    /^\d{1,15}$/.test(value)
      ? { ageSecondsMin: Number(value) }
      : 'ERR maxage is not an integer or out of range',
});

function killOption(option: string, value: string, isUser: IsUser): Partial<ClientFilter> | string {
  return killOptions.get(option)?.(value, isUser) ?? SYNTAX;
}

function typeFilter(text: string): ClientFilter | string {
  const part = typeFilterPart(text);
  return typeof part === 'string' ? part : { ...EVERYONE, ...part };
}

function typeFilterPart(text: string): Partial<ClientFilter> | string {
  const type = types.get(text.toLowerCase());
  return type === undefined ? `ERR Unknown client type '${text}'` : { type };
}

export function isMeant(client: FilteredClient, filter: ClientFilter): boolean {
  const { ids, type, address, localAddress, user, ageSecondsMin } = filter;
  const parts = [
    ids === null || ids.has(client.id),
    type === null || type === client.type,
    address === null || address === client.address,
    localAddress === null || localAddress === client.localAddress,
    user === null || user === client.user,
    ageSecondsMin === null || client.ageSeconds >= ageSecondsMin,
  ];
  return parts.every(Boolean);
}
