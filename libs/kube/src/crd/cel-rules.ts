/**
 * What the API server checks beyond the schema's shape, as data: the same that `parseManifest` refuses, in the same
 * words. Written for Kubernetes 1.28, so without optional old values.
 */
import { deniedConfigKeys, deniedConfigPrefixes, unbuilt } from '@keyfleet/lifecycle';
import { changeRules } from './change-rules.ts';
import { parentOf, type CelRule } from './cel-rule.ts';

const shapeRules: Readonly<Record<string, CelRule>> = {
  'the name of a cluster is short': {
    at: '',
    field: 'metadata.name',
    rule: 'self.metadata.name.matches("^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$")',
    message: 'want a DNS label of at most 40 characters that begins with a letter',
  },
  'config has names of redis.conf': {
    at: 'spec.config',
    rule: 'self.all(key, key.matches("^[a-z-]{1,100}$"))',
    message: 'want a name of a-z and -, as in redis.conf',
  },
  'config has one line for each name': {
    at: 'spec.config.*',
    rule: String.raw`!self.matches("[\\r\\n]")`,
    message: 'want one line',
  },
  'the autoscaler excludes a number of proxies': {
    at: 'spec.proxy',
    field: 'autoscaling',
    rule: '!has(self.autoscaling) || !has(self.replicas)',
    message: 'excludes replicas: the autoscaler sets their number',
    isForbidden: true,
  },
  'the autoscaler has a range': {
    at: 'spec.proxy.autoscaling',
    field: 'maxReplicas',
    rule: 'self.minReplicas <= self.maxReplicas',
    message: 'want at least minReplicas',
  },
};

/** One rule for each key: a message that picks the keys from the map exceeds what the API server lets a message cost. */
const deniedRules = Object.fromEntries([
  ...deniedConfigKeys.map((key) => denied(key, `!("${key}" in self)`)),
  ...deniedConfigPrefixes.map((prefix) =>
    denied(`${prefix}*`, `self.all(key, !key.startsWith("${prefix}"))`),
  ),
]);

const unbuiltRules = Object.fromEntries(
  unbuilt.map(({ path, built }): [string, CelRule] => {
    const field = ['spec', ...path].join('.');
    const rule = built === undefined ? absent(field) : only(field, built);
    return [`${field} is not built`, { ...rule, isForbidden: true }];
  }),
);

/** By what each wants. */
export const celRules: Readonly<Record<string, CelRule>> = {
  ...shapeRules,
  ...deniedRules,
  ...unbuiltRules,
  ...changeRules,
};

function denied(what: string, rule: string): [string, CelRule] {
  const message = `${what} is set by Keyfleet`;
  return [`config has no ${what}`, { at: 'spec.config', rule, message, isForbidden: true }];
}

function absent(path: string): CelRule {
  const { at, field } = parentOf(path);
  return { at, field, rule: `!has(self.${field})`, message: 'is not built yet' };
}

function only(at: string, built: string): CelRule {
  return {
    at,
    rule: `self == "${built}"`,
    message: `is not built yet, want "${built}"`,
    says: `'"' + self + '" is not built yet, want "${built}"'`,
  };
}
