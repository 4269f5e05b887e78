/** Changes of a cluster that is there. A rule that names `oldSelf` is asked only when there was a value before. */
import { parentOf, type CelRule } from './cel-rule.ts';

type Field = { readonly path: string; readonly isOptional?: true };

const notBuilt: readonly Field[] = [
  { path: 'spec.shards' },
  { path: 'spec.replicasPerShard' },
  { path: 'spec.engine.image', isOptional: true },
  { path: 'spec.persistence.mode' },
  { path: 'spec.storage.size' },
];

/** Another server would have to read the same files; a volume stays with its class. */
const immutable: readonly Field[] = [
  { path: 'spec.engine.flavor' },
  { path: 'spec.storage.storageClassName', isOptional: true },
];

export const changeRules: Readonly<Record<string, CelRule>> = Object.fromEntries([
  ...notBuilt.map((field) => named(field, 'changing it is not built yet')),
  ...immutable.map((field) => named(field, 'cannot be changed')),
]);

function named(field: Field, message: string): [string, CelRule] {
  return [`${field.path} stays`, unchanged(field, message)];
}

function unchanged({ path, isOptional }: Field, message: string): CelRule {
  if (!isOptional) return { at: path, rule: 'self == oldSelf', message, isForbidden: true };
  // The field itself is not asked when it comes or goes; what holds it is.
  const { at, field } = parentOf(path);
  const [now, before] = [`self.${field}`, `oldSelf.${field}`];
  const rule = `has(${now}) == has(${before}) && (!has(${now}) || ${now} == ${before})`;
  return { at, field, rule, message, isForbidden: true };
}
