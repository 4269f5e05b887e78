/** The part of redis-parser 3 that the tests use as an oracle; it comes without types. */
declare module 'redis-parser' {
  interface Options {
    readonly returnReply: (reply: unknown) => void;
    readonly returnError: (error: Error) => void;
    readonly returnFatalError?: (error: Error) => void;
    readonly returnBuffers?: boolean;
    readonly stringNumbers?: boolean;
  }
  class RedisParser {
    constructor(options: Options);
    execute(chunk: Uint8Array): void;
  }
  export = RedisParser;
}
