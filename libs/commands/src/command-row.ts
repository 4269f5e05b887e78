/**
 * The shapes of the generated data: what COMMAND INFO and COMMAND DOCS of the servers say, packed.
 */

export type ServerName = 'redis7' | 'redis8' | 'valkey9';

/**
 * One command. Lists of words are one text, separated by spaces. Of a subcommand the name is
 * `container|subcommand`.
 */
export type CommandRow = readonly [
  name: string,
  arity: number,
  flags: string,
  firstKey: number,
  lastKey: number,
  step: number,
  aclCategories: string,
  tips: string,
  keySpecs: readonly KeySpec[],
  servers: string,
];

/**
 * Where keys are: where to begin the search, then how to find keys from there. Names are those of
 * COMMAND INFO.
 */
export type KeySpec = {
  readonly notes?: string;
  readonly flags: readonly string[];
  readonly begin:
    | { readonly by: 'index'; readonly index: number }
    | { readonly by: 'keyword'; readonly keyword: string; readonly startfrom: number }
    | { readonly by: 'unknown' };
  readonly find:
    | {
        readonly by: 'range';
        readonly lastkey: number;
        readonly keystep: number;
        readonly limit: number;
      }
    | {
        readonly by: 'keynum';
        readonly keynumidx: number;
        readonly firstkey: number;
        readonly keystep: number;
      }
    | { readonly by: 'unknown' };
};

/**
 * An entry of COMMAND DOCS without its subcommands; objects are maps of the reply, in its order.
 */
export type CommandDocs = { readonly [field: string]: DocValue };
export type DocValue = string | number | readonly DocValue[] | CommandDocs;
