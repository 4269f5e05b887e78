/** Names of channels and patterns are any bytes. Here they are strings with one character for each byte (latin1). */
export function toName({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1');
}

export function toBytes(name: string): Uint8Array {
  return Buffer.from(name, 'latin1');
}
