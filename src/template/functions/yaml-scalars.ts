import { exact, parseExact } from "../values/number.js";
import { FALSE, nullValue, numberValue, stringValue, TRUE, type Value } from "../values/value.js";
import { fail } from "./definition.js";

const TRUE_WORDS = new Set(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"]);
const FALSE_WORDS = new Set(["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"]);
const NULL_WORDS = new Set(["", "~", "null", "Null", "NULL"]);
const PREFIX = "tag:yaml.org,2002:";

/** Returns the value of a YAML scalar. `plain`: it has no quotes and is not a block. Throws `FunctionError`. */
export function resolveScalar(source: string, plain: boolean, tag: string | undefined): Value {
  const name = tag?.startsWith(PREFIX) ? tag.slice(PREFIX.length) : tag;
  switch (name) {
    case undefined:
    case "!":
      return plain ? resolvePlain(source) : stringValue(source);
    case "str":
    case "binary":
      return stringValue(source);
    case "int":
    case "float":
      return numberValue(integerText(source.replaceAll("_", "")) ?? wrong(source, name));
    case "bool":
      return booleanOf(source) ?? wrong(source, name);
    case "null":
      return nullValue();
    case "timestamp":
      return stringValue(timestampText(source) ?? wrong(source, name));
    default:
      return fail(`unsupported tag ${JSON.stringify(tag)}`, 0);
  }
}

function wrong(source: string, tag: string): never {
  return fail(`cannot parse ${JSON.stringify(source)} as !!${tag}`, 0);
}

function booleanOf(source: string): Value | undefined {
  if (TRUE_WORDS.has(source)) return TRUE;
  return FALSE_WORDS.has(source) ? FALSE : undefined;
}

function resolvePlain(source: string): Value {
  if (NULL_WORDS.has(source)) return nullValue();
  const bool = booleanOf(source);
  if (bool) return bool;
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(source)) return numberValue(exact(source.startsWith("-") ? -Infinity : Infinity));
  if (/^\.(?:nan|NaN|NAN)$/.test(source)) fail("NaN is not supported", 0);
  const timestamp = timestampText(source);
  if (timestamp !== undefined) return stringValue(timestamp);
  if (/^[-+.0-9]/.test(source)) {
    const number =
      parseExact(source.startsWith(".") ? source : source.replaceAll("_", "")) ?? binary(source.replaceAll("_", ""));
    if (number) return numberValue(number);
  }
  return stringValue(source);
}

function integerText(source: string) {
  const match = /^([-+]?)(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+)$/.exec(source);
  const decimal = parseExact(source);
  if (decimal || !match?.[2]) return decimal ?? binary(source);
  const magnitude = BigInt(match[2].replace(/^0(?=[0-7])/, "0o"));
  return exact(match[1] === "-" ? -magnitude : magnitude);
}

function binary(source: string) {
  const match = /^(-?)(0b[01]+)$/.exec(source);
  if (!match?.[2]) return undefined;
  return exact(match[1] === "-" ? -BigInt(match[2]) : BigInt(match[2]));
}

const TIMESTAMP =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d+)?(Z|[+-]\d\d:\d\d)| (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d+)?)?$/;

/** Converts a YAML timestamp to RFC 3339 in seconds. Returns undefined when it is not a timestamp. */
function timestampText(source: string): string | undefined {
  const match = TIMESTAMP.exec(source);
  if (!match) return undefined;
  const [, year = "", month = "", day = "", h1, m1, s1, zone = "Z", h2, m2, s2] = match;
  const two = (text: string | undefined) => (text ?? "0").padStart(2, "0");
  const date = `${year}-${two(month)}-${two(day)}`;
  const time = `${two(h1 ?? h2)}:${two(m1 ?? m2)}:${two(s1 ?? s2)}`;
  const check = new Date(`${date}T${time}Z`);
  const exists = !Number.isNaN(check.getTime()) && check.toISOString().startsWith(`${date}T${time}`);
  return exists ? `${date}T${time}${zone === "+00:00" ? "Z" : zone}` : undefined;
}
