import { records } from '@keyfleet/store';
import { code, page, table } from './markdown.ts';
import { fieldRows, fieldsHead } from './schema-fields.ts';

export function storePage(): string {
  const sections = Object.entries(records).map(([name, { pattern, schema }]) =>
    [`## ${name}`, code(pattern), table(fieldsHead, fieldRows(schema))].join('\n\n'),
  );
  return page(
    'Store records',
    '`records` of libs/store',
    'JSON in etcd or in the embedded store; every record has `schema: 1` besides.',
    ...sections,
  );
}
