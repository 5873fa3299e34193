/** Formats a number as Go's `strconv.FormatFloat` does. Verbs: e, E, f, g, G. Without a precision: the shortest text that parses to the same number. */
export function formatFloat(value: number, verb: string, precision: number | undefined): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  const lower = verb.toLowerCase();
  const text =
    lower === "f" ? fixed(value, precision) : lower === "e" ? exponential(value, precision) : general(value, precision);
  return verb === lower ? text : text.toUpperCase();
}

/** JavaScript prints at most 100 digits; further digits are zero here. */
const MAX_DIGITS = 100;

function fixed(value: number, precision: number | undefined): string {
  if (precision === undefined) return plain(value);
  if (Math.abs(value) >= 1e21) return precision > 0 ? `${BigInt(value)}.${"0".repeat(precision)}` : `${BigInt(value)}`;
  const digits = halfToEven(value.toFixed(Math.min(precision, MAX_DIGITS)), value.toFixed(MAX_DIGITS));
  return precision > MAX_DIGITS ? digits.padEnd(digits.length + precision - MAX_DIGITS, "0") : digits;
}

function exponential(value: number, precision: number | undefined): string {
  const text =
    precision === undefined
      ? value.toExponential()
      : halfToEven(value.toExponential(Math.min(precision, MAX_DIGITS)), value.toExponential(MAX_DIGITS));
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

/** When two numbers are equally near, JavaScript rounds up and Go rounds to even. `exact` has all digits. */
function halfToEven(rounded: string, exact: string): string {
  const [digits = ""] = rounded.split("e");
  const [whole = "", power] = exact.split("e");
  const length = digits.includes(".") ? digits.length : digits.length + 1;
  const below = whole.slice(0, length).replace(/\.$/, "");
  const isTie = whole[length] === "5" && /^50*$/.test(whole.slice(length));
  if (!isTie || /[13579]$/.test(below)) return rounded;
  return power === undefined ? below : `${below}e${power}`;
}

function general(value: number, precision: number | undefined): string {
  const digits = precision === 0 ? 1 : precision;
  const text = exponential(value, digits === undefined ? undefined : digits - 1);
  const [mantissa = "", power = "0"] = text.split("e");
  const exponent = Number(power);
  const trimmed = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  const significant = trimmed.replace(/[-.]/g, "").length;
  const limit = digits === undefined ? 6 : digits > significant && significant > exponent ? significant : digits;
  if (exponent < -4 || exponent >= limit) return `${trimmed}e${power}`;
  return plain(Number(text));
}

/** Returns digits without an exponent, however large or small the number is. */
function plain(value: number): string {
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!match) return text;
  const [, sign = "", first = "", rest = "", power = "0"] = match;
  const exponent = Number(power);
  const digits = first + rest;
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  return sign + digits.padEnd(exponent + 1, "0");
}
