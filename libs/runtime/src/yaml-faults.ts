/**
 * What is wrong with a YAML text, and what is right but was hardly meant: a password that begins with `&`, `*` or `!` and has
 * no quotes is a mark of YAML, and the value is nothing. What is written there is never shown: it may be that password.
 */
import { isScalar, visit, type Document } from 'yaml';

export type YamlFault = { readonly because: string; readonly offset: number };

const ownWords: ReadonlyMap<string, string> = new Map([
  ['TAG_RESOLVE_FAILED', wantsQuotes('tag', '!')],
  ['MULTIPLE_DOCS', 'want one document, got several'],
]);

export function yamlFaults(document: Document.Parsed): YamlFault[] {
  const told = [...document.errors, ...document.warnings].map(
    ({ code, message, pos: [offset] }): YamlFault => ({
      because: ownWords.get(code) ?? withoutText(message),
      offset,
    }),
  );
  return told.length > 0 ? told : marksOfNothing(document);
}

function marksOfNothing(document: Document.Parsed): YamlFault[] {
  const faults: YamlFault[] = [];
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) === undefined)
        faults.push({ because: wantsQuotes('alias', '*'), offset: alias.range?.[0] ?? 0 });
    },
    Scalar: (_, scalar) => {
      const isNothing = isScalar(scalar) && scalar.anchor !== undefined && scalar.source === '';
      if (isNothing)
        faults.push({ because: wantsQuotes('anchor', '&'), offset: scalar.range?.[0] ?? 0 });
    },
  });
  return faults;
}

function wantsQuotes(mark: string, sign: string): string {
  return `Unresolved ${mark}, a value that begins with ${sign} wants quotes`;
}

/** Messages end with what was found, behind a colon. */
function withoutText(message: string): string {
  return message.split(': ', 1)[0]!;
}
