/** Command-line flags, read so that all mistakes are known at once. */
import { parseArgs } from 'node:util';

export type FlagTypes = Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>;
export type Flags = {
  readonly texts: Readonly<Record<string, string | undefined>>;
  readonly isSet: (name: string) => boolean;
  readonly wrong: readonly string[];
};

export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly exitCode = 64;
  constructor(wrong: readonly string[], usage: string, what = 'the bench') {
    const count = wrong.length === 1 ? '1 option is' : `${wrong.length} options are`;
    super(`Cannot start ${what}: ${count} wrong\n  ${wrong.join('\n  ')}\n${usage}`);
  }
}

export function readFlags(argv: readonly string[], types: FlagTypes): Flags {
  const { tokens } = parseArgs({ args: [...argv], options: types, strict: false, tokens: true });
  const texts: Record<string, string> = {};
  const wrong: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'option') {
      const mistake = mistakeIn(token, types[token.name]?.type);
      if (mistake === null) texts[token.name] = token.value ?? '';
      else wrong.push(mistake);
    } else if (token.kind === 'positional') wrong.push(`"${token.value}" is no option`);
  }
  return { texts, isSet: (name) => texts[name] !== undefined, wrong };
}

type Token = { readonly rawName: string; readonly value: string | undefined };

function mistakeIn({ rawName, value }: Token, type: 'string' | 'boolean' | undefined) {
  if (type === undefined) return `${rawName} is no option`;
  if (type === 'string' && value === undefined) return `${rawName} is empty`;
  if (type === 'boolean' && value !== undefined) return `${rawName} takes no value`;
  return null;
}

/** A number from 1; a mistake is added to `wrong`. */
export function countOf(flag: string, text: string, wrong: string[]): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) wrong.push(`${flag} is "${text}", want a number from 1`);
  return Number(text);
}
