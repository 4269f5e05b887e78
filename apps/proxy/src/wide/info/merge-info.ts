/** INFO of several servers as that of one. */
import { formatHuman } from './format-human.ts';
import { applyRule, isHidden, ruleOf } from './info-rules.ts';
import type { InfoFields, InfoSections } from './info-text.ts';

/** A section whose fields hold several values, as in `db0:keys=1,expires=0`: how they become one. */
type MergeValues = (values: readonly InfoValues[]) => InfoValues;
type InfoValues = ReadonlyMap<string, number>;

const composites: Readonly<Record<string, MergeValues>> = {
  Commandstats: commandStats,
  Errorstats: summed,
  Latencystats: greatest,
  Keyspace: databaseStats,
  Keysizes: keySizes,
  Threads: summed,
};
/** Of numbers within a field, as Redis prints them; others are integers. */
const decimals: Readonly<Record<string, number>> = { Commandstats: 2, Latencystats: 3 };
const INTEGERS = /^(calls|usec|rejected_calls|failed_calls)$/;

export function mergeInfo(infos: readonly InfoSections[]): InfoSections {
  const names = new Set(infos.flatMap((info) => [...info.keys()]));
  return new Map(
    [...names].map((name) => {
      const sections = infos.flatMap((info) => info.get(name) ?? []);
      const merged = name in composites ? mergeComposite(name, sections) : merge(name, sections);
      return [name, merged];
    }),
  );
}

function merge(section: string, all: readonly InfoFields[]): InfoFields {
  const merged: InfoFields = new Map();
  for (const field of fieldNames(all).filter((name) => !isHidden(name))) {
    const values = all.flatMap((fields) => fields.get(field) ?? []);
    merged.set(field, applyRule(ruleOf(section, field), values));
  }
  // Their numbers are in another field each.
  for (const field of merged.keys()) {
    const number = field.endsWith('_human') ? merged.get(field.slice(0, -'_human'.length)) : null;
    if (number) merged.set(field, formatHuman(Number(number)));
  }
  return merged;
}

function mergeComposite(section: string, all: readonly InfoFields[]): InfoFields {
  const merged: InfoFields = new Map();
  for (const field of fieldNames(all)) {
    const values = all.flatMap((fields) => fields.get(field) ?? []).map(parseValues);
    merged.set(field, formatValues(section, composites[section]!(values)));
  }
  return merged;
}

function fieldNames(all: readonly InfoFields[]): string[] {
  return [...new Set(all.flatMap((fields) => [...fields.keys()]))];
}

function parseValues(text: string): InfoValues {
  return new Map(
    text.split(',').map((pair) => {
      const [name = '', value] = pair.split('=');
      return [name, Number(value)];
    }),
  );
}

function formatValues(section: string, values: InfoValues): string {
  return [...values]
    .map(([name, value]) => {
      const places = INTEGERS.test(name) ? 0 : (decimals[section] ?? 0);
      return `${name}=${value.toFixed(places)}`;
    })
    .join(',');
}

function fold(all: readonly InfoValues[], both: (a: number, b: number) => number): InfoValues {
  const folded = new Map<string, number>();
  for (const [name, value] of all.flatMap((values) => [...values])) {
    const former = folded.get(name);
    folded.set(name, former === undefined ? value : both(former, value));
  }
  return folded;
}

function summed(all: readonly InfoValues[]): InfoValues {
  return fold(all, (a, b) => a + b);
}

/** Percentiles of parts say nothing of the whole but this: it has none that is worse. */
function greatest(all: readonly InfoValues[]): InfoValues {
  return fold(all, Math.max);
}

function commandStats(all: readonly InfoValues[]): InfoValues {
  const sums = summed(all);
  const calls = sums.get('calls') ?? 0;
  const perCall = calls === 0 ? 0 : (sums.get('usec') ?? 0) / calls;
  return new Map([...sums, ['usec_per_call', perCall]]);
}

/** The time to live is that of keys that expire: as many of them count. */
function databaseStats(all: readonly InfoValues[]): InfoValues {
  const sums = summed(all);
  const expires = sums.get('expires') ?? 0;
  const total = all.reduce(
    (sum, values) => sum + (values.get('expires') ?? 0) * (values.get('avg_ttl') ?? 0),
    0,
  );
  return new Map([...sums, ['avg_ttl', expires === 0 ? 0 : Math.round(total / expires)]]);
}

/** How many keys have so many elements or bytes, or up to twice as many: `512=3,1K=1`. */
function keySizes(all: readonly InfoValues[]): InfoValues {
  return new Map([...summed(all)].sort(([a], [b]) => sizeOf(a) - sizeOf(b)));
}

function sizeOf(text: string): number {
  return parseInt(text, 10) * 1024 ** ('KMGTPE'.indexOf(text.at(-1)!) + 1);
}
