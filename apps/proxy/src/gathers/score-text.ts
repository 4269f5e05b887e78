/**
 * Scores as the servers write them, so that a reply made here looks like theirs. Redis 7.0 writes 17 digits, as C's
 * `%.17g` does; since 7.2, and so in Valkey, they are few: util.c `d2string`, fpconv_dtoa.c `emit_digits`. (That takes
 * Grisu2, which in one of a thousand cases finds one digit more than are needed.)
 */
export type ScoreStyle = 'digits17' | 'short';

const DIGITS = 17;
/** A tie at the 17th digit is one that ends with the 18th. */
const DIGITS_OF_TIE = 40;
/** Of 18 digits: 5 ** 26 has more. */
const TIE_BITS_MAX = 25;
/** Up to it, whole numbers are written in full. */
const WHOLE_MAX = 2 ** 62;

export function scoreStyle(serverVersion: string): ScoreStyle {
  const [major = 0, minor = 0] = serverVersion.split('.').map(Number);
  return major > 7 || (major === 7 && minor >= 2) ? 'short' : 'digits17';
}

export function scoreText(score: number, style: ScoreStyle): string {
  if (Number.isNaN(score)) return 'nan';
  if (!Number.isFinite(score)) return score > 0 ? 'inf' : '-inf';
  if (score === 0) return Object.is(score, -0) ? '-0' : '0';
  if (Number.isSafeInteger(score)) return String(score);
  const sign = score < 0 ? '-' : '';
  const size = Math.abs(score);
  return sign + (style === 'short' ? shortText(size) : text17(size));
}

/** The digits of a positive number, and the power of ten of the first of them. */
type Decimal = { readonly digits: string; readonly power: number };

function decimalOf(exponential: string): Decimal {
  const [mantissa, power] = exponential.split('e') as [string, string];
  return { digits: mantissa.replace('.', ''), power: Number(power) };
}

function shortText(size: number): string {
  // JavaScript writes these alike: most scores are among them.
  if (size >= 1e-3 && size < 1e4) return String(size);
  if (Number.isInteger(size) && size <= WHOLE_MAX) return BigInt(size).toString();
  const { digits, power } = decimalOf(size.toExponential());
  const zeros = power - digits.length + 1;
  if (zeros >= 0 && Math.abs(power) < digits.length + 7) return digits + '0'.repeat(zeros);
  if (zeros < 0 && (zeros > -7 || Math.abs(power) < 4)) return plain(digits, power);
  return exponential(digits, power, 1);
}

function text17(size: number): string {
  const { digits, power } = round17(size);
  const kept = digits.replace(/0+$/, '');
  if (power < -4 || power >= DIGITS) return exponential(kept, power, 2);
  return power + 1 >= kept.length ? kept.padEnd(power + 1, '0') : plain(kept, power);
}

/** Half to even, as C rounds; JavaScript rounds half up. */
function round17(size: number): Decimal {
  const rounded = decimalOf(size.toExponential(DIGITS - 1));
  if (!Number.isInteger(size * 2 ** TIE_BITS_MAX)) return rounded;
  const longer = decimalOf(size.toExponential(DIGITS_OF_TIE - 1)).digits;
  const isTie = /^50*$/.test(longer.slice(DIGITS));
  const isEven = Number(longer[DIGITS - 1]) % 2 === 0;
  if (!isTie || !isEven) return rounded;
  return { digits: longer.slice(0, DIGITS), power: rounded.power };
}

function plain(digits: string, power: number): string {
  if (power < 0) return `0.${'0'.repeat(-power - 1)}${digits}`;
  return `${digits.slice(0, power + 1)}.${digits.slice(power + 1)}`;
}

function exponential(digits: string, power: number, powerDigits: number): string {
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  const shown = String(Math.abs(power)).padStart(powerDigits, '0');
  return `${digits[0]!}${fraction}e${power < 0 ? '-' : '+'}${shown}`;
}
