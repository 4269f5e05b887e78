import { expect, it } from 'vitest';
import { joinLists } from './client-lists.ts';

it.each([
  [[], ''],
  [['id=5 a\nid=6 b\n'], 'id=5 a\nid=6 b\n'],
  [['id=200000000001 c\n', '', 'id=9 a\nid=10 b\n'], 'id=9 a\nid=10 b\nid=200000000001 c\n'],
])('%j becomes %j', (lists, want) => expect(joinLists(lists)).toBe(want));
