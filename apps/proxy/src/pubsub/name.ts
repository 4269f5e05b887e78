/** Names of channels and patterns are any bytes. Here they are strings with one character for each byte (latin1). */
export function toName({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1');
}

export function toBytes(name: string): Uint8Array {
  return Buffer.from(name, 'latin1');
}

/** A request whose words are names: one string, encoded once, for there may be thousands of words. */
export function commandOf(words: readonly string[]): Uint8Array {
  const bulks = words.map((word) => `$${word.length}\r\n${word}\r\n`);
  return toBytes(`*${words.length}\r\n${bulks.join('')}`);
}
