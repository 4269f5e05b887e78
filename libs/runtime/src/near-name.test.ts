import { expect, it } from 'vitest';
import { suggestion } from './index.ts';

const known = ['port', 'bind', 'workers', 'connectTimeoutMs', '--hold-queue-ms'];

it.each([
  ['prot', ', did you mean port?'],
  ['Workers', ', did you mean workers?'],
  ['conectTimeoutMS', ', did you mean connectTimeoutMs?'],
  ['--hold-que-ms', ', did you mean --hold-queue-ms?'],
  ['part', ', did you mean port?'],
  ['sort', ', did you mean port?'],
  ['pert1', ''],
  ['timeout', ''],
  ['', ''],
])('for %j it says %j', (name, want) => {
  expect(suggestion(name, known)).toBe(want);
});
