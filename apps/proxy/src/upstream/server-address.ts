/** Where a server is, as people write it: `host:port`, `[::1]:6379`, or a host alone with the port that is usual. */
import { ConfigError } from '@keyfleet/runtime';

export type ServerAddress = { readonly host: string; readonly port: number };

const USUAL_PORT = 6379;

/** Throws ConfigError. */
export function parseServerAddress(text: string, setting: string): ServerAddress {
  const found = /^(?:\[(?<inBrackets>[^\]]+)\]|(?<plain>[^:]+))(?::(?<port>\d{1,5}))?$/.exec(text);
  const { inBrackets, plain, port } = found?.groups ?? {};
  const host = inBrackets ?? plain;
  const number = port === undefined ? USUAL_PORT : Number(port);
  if (host === undefined || number < 1 || number > 65_535)
    throw new ConfigError([`${setting}  ${JSON.stringify(text)}, want host:port`]);
  return { host, port: number };
}
