import { routes, type AnyRoute } from '@keyfleet/api';
import type { z } from 'zod';
import { page, table } from './markdown.ts';
import { fieldRows, fieldsHead } from './schema-fields.ts';

export function apiPage(): string {
  return page(
    'HTTP API of the configserver',
    '`routes` of libs/api',
    'Errors are `{code, message, details?}`. The same table gives `/openapi.json`.',
    ...Object.values(routes).map(section),
  );
}

function section({ method, path, summary, leader, query, body, response }: AnyRoute): string {
  const parts: [string, z.ZodType][] = [
    ['Query', query],
    ['Body', body],
    ['Answer', response],
  ];
  const forwarded = leader ? ' A configserver that does not lead forwards the request.' : '';
  return [
    `## ${method} ${path}`,
    `${summary}.${forwarded}`,
    ...parts.flatMap(([title, type]) => fieldTable(title, type)),
  ].join('\n\n');
}

function fieldTable(title: string, type: z.ZodType): string[] {
  const rows = fieldRows(type);
  return rows.length === 0 ? [] : [`${title}:`, table(fieldsHead, rows)];
}
