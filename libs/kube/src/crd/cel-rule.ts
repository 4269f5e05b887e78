import type { Validation, Validations } from './structural-schema.ts';

export type CelRule = {
  /** Where the rule looks: `spec.config` the map, `spec.config.*` each of its values, '' everything. */
  readonly at: string;
  /** Which field of it the message is about; left out: it itself. */
  readonly field?: string;
  readonly rule: string;
  readonly message: string;
  /** In CEL, for a message that names values. When it cannot be computed, `message` is said. */
  readonly says?: string;
  /** The message says no to the field, whatever its value, so the value is not shown with it. */
  readonly isForbidden?: boolean;
};

export function validationsOf(rules: readonly CelRule[]): Validations {
  return new Map(
    rules.map(({ at }) => [at, rules.filter((rule) => rule.at === at).map(validationOf)]),
  );
}

function validationOf({ field, rule, message, says, isForbidden }: CelRule): Validation {
  return {
    rule,
    message,
    ...(says !== undefined && { messageExpression: says }),
    ...(field !== undefined && { fieldPath: `.${field}` }),
    reason: isForbidden === true ? 'FieldValueForbidden' : 'FieldValueInvalid',
  };
}

export function parentOf(path: string): { readonly at: string; readonly field: string } {
  const end = path.lastIndexOf('.');
  return { at: path.slice(0, end), field: path.slice(end + 1) };
}
