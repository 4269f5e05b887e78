/** What the tours of all languages have in common. */

/** Every byte there is, and those that a protocol of lines trips over twice. */
export const BINARY = Buffer.from([
  ...Array.from({ length: 256 }, (_, i) => i),
  13,
  10,
  0,
  13,
  10,
  36,
]);

export const PIPELINE_LENGTH = 10_000;
