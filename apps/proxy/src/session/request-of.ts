import { RequestFramer } from '@keyfleet/resp';

/** A whole frame as a request of its own. */
export function requestOf(frame: Uint8Array): RequestFramer {
  const request = new RequestFramer();
  request.push(frame);
  request.next();
  return request;
}

/** The current request as bytes of its own: `slice` of a Buffer would be the lent memory itself. */
export function frameOf({ bytes, start, end }: RequestFramer): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end));
}
