/**
 * A decoded reply. Strings are bulks, because most strings of replies are: a bulk that is valid UTF-8
 * is a string and any other one its bytes, so nothing is lost and `encodeReply` gives the same bytes.
 * A `number` is an integer reply, a `bigint` one beyond 2^53 (or a RESP3 big number). Nulls of all
 * kinds are `null`. Attributes are dropped.
 */
export type Reply =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | ErrorReply
  | { readonly type: 'status'; readonly text: string }
  | { readonly type: 'double'; readonly value: number }
  | { readonly type: 'verbatim'; readonly format: string; readonly text: string }
  | { readonly type: 'push'; readonly items: readonly Reply[] }
  | readonly Reply[]
  | ReadonlyMap<Reply, Reply>
  | ReadonlySet<Reply>;

/** An error of the server. It is a value: what it means is for the one who asked to decide. */
export class ErrorReply {
  readonly type = 'error';
  /** The whole text, as in "MOVED 3999 127.0.0.1:6381". */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Its first word, as in "MOVED". */
  get code(): string {
    return this.text.split(' ', 1)[0]!;
  }
}
