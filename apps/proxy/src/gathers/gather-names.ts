/** Reads that may be gathered over slots: they name all their keys, and what they make is made of the keys alone. */
export const gatherNames = [
  'sunion', 'sinter', 'sdiff', 'sintercard', 'zunion', 'zinter', 'zdiff', 'zintercard', 'pfcount',
] as const; // prettier-ignore

export type GatherName = (typeof gatherNames)[number];
