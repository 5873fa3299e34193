/**
 * `x` to the power of `y` by Go's algorithm: whole powers by squaring mantissas, so that results agree to the last digit.
 * JavaScript's own differs there.
 */
export function power(x: number, y: number): number {
  const magnitude = Math.abs(y);
  const whole = Math.trunc(magnitude);
  if (
    !Number.isFinite(x) ||
    !Number.isFinite(y) ||
    x === 0 ||
    y === 0 ||
    whole >= 2 ** 31 ||
    (x < 0 && whole !== magnitude)
  ) {
    return x ** y;
  }
  if (magnitude === 0.5) return y < 0 ? 1 / Math.sqrt(x) : Math.sqrt(x);
  const { rest, steps } = split(magnitude, whole);
  let mantissa = rest === 0 ? 1 : Math.exp(rest * Math.log(x));
  let exponent = 0;
  let [square, squareExponent] = frexp(x);
  for (let i = steps; i !== 0; i = Math.floor(i / 2)) {
    if (i % 2 === 1) {
      mantissa *= square;
      exponent += squareExponent;
    }
    square *= square;
    squareExponent *= 2;
    if (square < 0.5) {
      square += square;
      squareExponent--;
    }
  }
  return y < 0 ? scale(1 / mantissa, -exponent) : scale(mantissa, exponent);
}

/** The fraction nearest to zero, and the whole rest. */
function split(magnitude: number, whole: number): { readonly rest: number; readonly steps: number } {
  const fraction = magnitude - whole;
  return fraction > 0.5 ? { rest: fraction - 1, steps: whole + 1 } : { rest: fraction, steps: whole };
}

/** A number as a mantissa from 0.5 to 1 and a power of two. */
function frexp(x: number): [mantissa: number, exponent: number] {
  let exponent = Math.max(-1023, Math.floor(Math.log2(Math.abs(x))) + 1);
  let mantissa = x * 2 ** -exponent;
  while (Math.abs(mantissa) < 0.5) {
    mantissa *= 2;
    exponent--;
  }
  while (Math.abs(mantissa) >= 1) {
    mantissa /= 2;
    exponent++;
  }
  return [mantissa, exponent];
}

/** In two steps, since a power of two alone may be out of range. */
function scale(mantissa: number, exponent: number): number {
  const half = Math.trunc(exponent / 2);
  return mantissa * 2 ** half * 2 ** (exponent - half);
}
