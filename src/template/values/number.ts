import { Decimal } from "decimal.js";

/**
 * HCL numbers: cty's 512-bit floats, as decimals of 155 digits (512 bits are 154.1 digits), so that decimal literals stay exact.
 */
const Exact = Decimal.clone({
  precision: 155,
  rounding: Decimal.ROUND_HALF_EVEN,
  modulo: Decimal.ROUND_DOWN,
  toExpNeg: -9e15,
  toExpPos: 9e15,
  maxE: 9e15,
  minE: -9e15,
});

/** A decimal number with enough digits for HCL's numbers of 512 bits. */
export type Exact = Decimal;

/** Returns a number from a JavaScript value, for constants and lengths. */
export function exact(value: number | bigint): Exact {
  return new Exact(typeof value === "bigint" ? value.toString() : value);
}

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,9})?$/;

/** Parses a decimal number with sign and exponent. Returns undefined when the text is not a number. */
export function parseExact(text: string): Exact | undefined {
  return DECIMAL.test(text) ? new Exact(text).toSignificantDigits(155) : undefined;
}

/** Returns a number as cty prints it, without an exponent. */
export function exactText(value: Exact): string {
  if (value.isFinite()) return value.isZero() ? (value.isNegative() ? "-0" : "0") : value.toFixed();
  return value.isPositive() ? "+Inf" : "-Inf";
}

/** Returns the number as a safe integer of JavaScript, or undefined. */
export function safeInteger(value: Exact): number | undefined {
  const number = value.toNumber();
  return value.isInteger() && Number.isSafeInteger(number) ? number : undefined;
}

/** Returns the whole part of a finite number. */
export function toBigInt(value: Exact): bigint {
  return BigInt(value.trunc().toFixed());
}
