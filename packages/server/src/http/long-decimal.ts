// Decimal numbers of 16 to 19 digits, as doubles of full precision are written. They do not fit into a double, so a quotient of two doubles would
// be rounded twice. This computes with pairs of doubles, an unrounded sum of a number and what it lacks (T. J. Dekker, 1971), and rounds once.

/** The largest power of ten that is a double, and so are all before it. */
export const decimalsMax = 22;
export const powersOfTen: Float64Array = Float64Array.from({ length: decimalsMax + 1 }, (_, exponent) =>
  Number(`1e${exponent}`),
);

/** More than what the pairs of this computation may be wrong by (a few times 2^-106), relative to what they stand for. */
const doubt = 2 ** -98;

/**
 * `(high * 10^lowDigits + low) / 10^decimals`, rounded to the nearest double; NaN if it lies so close to the middle between two that this cannot
 * tell. All are whole numbers: `high` of 10 digits at most, `low` of `lowDigits`, at most 9.
 */
export function longDecimal(high: number, low: number, lowDigits: number, decimals: number): number {
  const scale = powersOfTen[lowDigits]!;
  const divisor = powersOfTen[decimals]!;
  const product = high * scale;
  const dividend = product + low;
  const lacking = low - (dividend - product) + errorOfProduct(high, scale, product);
  const quotient = dividend / divisor;
  const back = quotient * divisor;
  const correction = (dividend - back - errorOfProduct(quotient, divisor, back) + lacking) / divisor;
  // Rounding keeps the order: if both ends of what the correction may be round alike, so does what it is.
  const margin = quotient * doubt;
  const rounded = quotient + (correction - margin);
  return rounded === quotient + (correction + margin) ? rounded : Number.NaN;
}

/** What `product` lacks of `a * b`, exactly. */
function errorOfProduct(a: number, b: number, product: number): number {
  const highA = upperHalf(a);
  const highB = upperHalf(b);
  const lowA = a - highA;
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}

/** 26 bits: products of halves are exact. */
function upperHalf(value: number): number {
  const spread = value * 134_217_729;
  return spread - (spread - value);
}
