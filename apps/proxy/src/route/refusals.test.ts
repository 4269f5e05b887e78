import { commandNamed } from '@keyfleet/commands';
import { encodeCommand, RequestFramer } from '@keyfleet/resp';
import { describe, expect, it } from 'vitest';
import { argumentText, refusal, unknownCommand, unknownSubcommand } from './refusals.ts';

function requestOf(...args: string[]): RequestFramer {
  const framer = new RequestFramer();
  framer.push(encodeCommand(args));
  framer.next();
  return framer;
}

function refused(text: string, isOneServer = false): string | null {
  const args = text.split(' ');
  const reply = refusal(commandNamed(args[0]!)!, requestOf(...args), { isOneServer });
  return reply && Buffer.from(reply).toString().trim();
}

describe('refusal', () => {
  it.each([['COPY a b DB 0 REPLACE'], ['GET by']])('lets pass: %s', (text) =>
    expect(refused(text)).toBeNull(),
  );

  it.each([
    [
      'SORT_RO k BY w_*',
      '-ERR BY option of SORT denied in cluster mode when keys formed by the pattern may be in different slots.',
    ],
  ])('refuses: %s', (text, want) => {
    expect(refused(text)).toBe(want);
    expect(refused(text, true)).toBeNull();
  });
});

describe('what a request says', () => {
  it('is read only as far as it can matter, however long it is', () => {
    const request = requestOf('x'.repeat(10_000), 'y'.repeat(10_000));
    expect(argumentText(request, 0)).toHaveLength(4096);
    const reply = Buffer.from(unknownCommand(request)).toString();
    expect(reply).toBe(
      `-ERR unknown command '${'x'.repeat(128)}', with args beginning with: '${'y'.repeat(128)}' \r\n`,
    );
  });

  it('is shown as the bytes that it is, up to a NUL, on one line', () => {
    const framer = new RequestFramer();
    const bytes = Uint8Array.of(0xff, 13, 10, 0xc3, 0, 0x61);
    framer.push(encodeCommand(['latency', bytes]));
    framer.next();
    const latin1 = (reply: Uint8Array) => Buffer.from(reply).toString('latin1');
    const name = '\xff  \xc3';
    expect(latin1(unknownSubcommand(commandNamed('latency')!, framer))).toBe(
      `-ERR unknown subcommand '${name}'. Try LATENCY HELP.\r\n`,
    );
    expect(latin1(unknownCommand(framer))).toBe(
      `-ERR unknown command 'latency', with args beginning with: '${name}' \r\n`,
    );
  });
});
