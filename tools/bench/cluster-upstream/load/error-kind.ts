/** Errors of a kind counted together: without what differs from one to the next. Pure. */

const CODE = /^[A-Z][A-Z0-9_]+$/;
const CHARACTERS_MAX = 48;

/** An error reply without its `-`: the code that begins it, and of `ERR` and of texts without a code the text. */
export function errorKind(text: string): string {
  const [first = ''] = text.split(' ', 1);
  if (CODE.test(first) && first !== 'ERR') return first;
  return text
    .replaceAll(/\d+(\.\d+)*(:\d+)?/g, 'N')
    .slice(0, CHARACTERS_MAX)
    .trim();
}
