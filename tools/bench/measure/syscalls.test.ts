import { describe, expect, it } from 'vitest';
import { parseCount } from './syscalls.ts';

describe('parseCount', () => {
  it.each([
    ['a count', '61234,,raw_syscalls:sys_enter,2100345,100.00,,\n', 61234],
    ['what did not run', '<not counted>,,raw_syscalls:sys_enter,0,100.00,,\n', null],
    ['warnings before it', '\nwarning: 5\n7,,raw_syscalls:sys_enter,1,100.00,,\n', 7],
    ['an error', 'Error: No permission to enable raw_syscalls:sys_enter event.\n', null],
    ['nothing', '', null],
  ])('reads %s', (_name, csv, want) => expect(parseCount(csv)).toBe(want));
});
