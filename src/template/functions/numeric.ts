import { tryConvert } from "../values/convert.js";
import { type Exact, exact, exactText } from "../values/number.js";
import { NUMBER } from "../values/types.js";
import { isWhollyKnown, numberValue, unknownValue, type Value } from "../values/value.js";
import {
  any,
  defineFunction,
  type FunctionDefinition,
  fail,
  integerOf,
  itemsOf,
  numberOf,
  param,
  textOf,
} from "./definition.js";

const num = param("num", NUMBER);

/** Numeric functions (Packer §2.5). */
export const NUMERIC: Readonly<Record<string, FunctionDefinition>> = {
  abs: defineFunction(NUMBER, [num], (args) => numberValue(numberOf(args, 0).abs())),
  ceil: defineFunction(NUMBER, [num], (args) => numberValue(numberOf(args, 0).ceil().plus(0))),
  floor: defineFunction(NUMBER, [num], (args) => numberValue(numberOf(args, 0).floor().plus(0))),
  log: defineFunction(NUMBER, [num, param("base", NUMBER)], (args) =>
    floatResult(Math.log(float(args, 0)) / Math.log(float(args, 1))),
  ),
  max: defineFunction(NUMBER, [], (args) => extreme(args, (a, b) => a.greaterThan(b)), param("numbers", NUMBER)),
  min: defineFunction(NUMBER, [], (args) => extreme(args, (a, b) => a.lessThan(b)), param("numbers", NUMBER)),
  parseint: {
    parameters: [any("number"), param("base", NUMBER)],
    returns: (args) => (args[0]?.type.kind === "string" ? NUMBER : fail("first argument must be a string", 0)),
    call: (args, _, budget) => {
      budget.limit("digits", textOf(args, 0).length);
      return numberValue(parseInteger(textOf(args, 0), integerOf(args, 1)));
    },
  },
  pow: defineFunction(NUMBER, [num, param("power", NUMBER)], (args) =>
    floatResult(power(float(args, 0), float(args, 1))),
  ),
  signum: defineFunction(NUMBER, [num], (args) => numberValue(Math.sign(integerOf(args, 0)))),
  sum: defineFunction(NUMBER, [any("list")], sum),
};

function float(args: readonly Value[], index: number): number {
  return numberOf(args, index).toNumber();
}

function floatResult(value: number): Value {
  return Number.isNaN(value) ? fail("the result is not a number") : numberValue(exact(value));
}

function extreme(args: readonly Value[], better: (a: Exact, b: Exact) => boolean): Value {
  if (args.length === 0) fail("at least one number is required");
  const numbers = args.map((_, i) => numberOf(args, i));
  return numberValue(numbers.reduce((best, number) => (better(number, best) ? number : best)));
}

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** Parses digits as Go's big.Int does: up to base 36 case is ignored, above it upper case letters are the higher digits. */
function parseInteger(text: string, base: number): Exact {
  if (base < 2 || base > 62) fail("base must be a whole number between 2 and 62", 1);
  const [, sign = "", digits = ""] = /^([+-]?)([0-9A-Za-z]+)$/.exec(text) ?? [];
  let value = 0n;
  for (const digit of base <= 36 ? digits.toLowerCase() : digits) {
    const number = DIGITS.indexOf(digit);
    if (number >= base) fail(`cannot parse ${JSON.stringify(text)} as a base ${base} integer`, 0);
    value = value * BigInt(base) + BigInt(number);
  }
  if (digits === "") fail(`cannot parse ${JSON.stringify(text)} as a base ${base} integer`, 0);
  return exact(sign === "-" ? -value : value);
}

function sum(args: readonly Value[]): Value {
  const list = args[0];
  if (!list || !("items" in list)) return fail("argument must be a list, set or tuple of numbers", 0);
  const items = itemsOf(args, 0);
  if (items.length === 0) fail("cannot sum an empty list", 0);
  if (!isWhollyKnown(list)) return unknownValue(NUMBER);
  const total = items.reduce((result, item) => {
    const number = item.kind === "null" ? undefined : tryConvert(item, NUMBER);
    return number?.kind === "number"
      ? result.plus(number.value)
      : fail("argument must be a list, set or tuple of numbers", 0);
  }, exact(0));
  return total.isNaN() ? fail(`cannot add opposite infinities: ${exactText(total)}`) : numberValue(total);
}

/**
 * Returns `x` to the power of `y` by Go's algorithm, which squares mantissas. The last digits of JavaScript's own result
 * differ.
 */
function power(x: number, y: number): number {
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

/** Splits a number into its whole part and the fraction nearest to zero. */
function split(magnitude: number, whole: number): { readonly rest: number; readonly steps: number } {
  const fraction = magnitude - whole;
  return fraction > 0.5 ? { rest: fraction - 1, steps: whole + 1 } : { rest: fraction, steps: whole };
}

/** Splits a number into a mantissa from 0.5 to 1 and a power of two. */
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

/** Multiplies in two steps, since the power of two alone may be out of range. */
function scale(mantissa: number, exponent: number): number {
  const half = Math.trunc(exponent / 2);
  return mantissa * 2 ** half * 2 ** (exponent - half);
}
