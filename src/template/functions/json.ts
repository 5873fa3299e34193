import type { JsonValue } from "../hcl/syntax/body.js";
import { parseJsonValue } from "../hcl/syntax/json/values.js";
import { locate } from "../hcl/syntax/located.js";
import { NotJson, toJson } from "../values/json.js";
import { parseExact } from "../values/number.js";
import { DYNAMIC, STRING } from "../values/types.js";
import {
  boolValue,
  isWhollyKnown,
  nullValue,
  numberValue,
  objectValue,
  stringValue,
  tupleValue,
  unknownValue,
  type Value,
} from "../values/value.js";
import { any, defineFunction, type FunctionDefinition, fail, param, textOf } from "./definition.js";

/** `jsonencode` and `jsondecode` (Packer §2.5). */
export const JSON_FUNCTIONS: Readonly<Record<string, FunctionDefinition>> = {
  jsonencode: defineFunction(
    STRING,
    [any("val", { allowUnknown: true, allowDynamic: true, allowNull: true })],
    (args) => {
      const value = args[0] ?? unknownValue();
      return isWhollyKnown(value) ? stringValue(encode(value)) : unknownValue(STRING);
    },
  ),
  jsondecode: defineFunction(DYNAMIC, [param("str", STRING)], (args) => decodeJson(textOf(args, 0))),
};

function encode(value: Value): string {
  try {
    return toJson(value);
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    return fail(error.message, 0);
  }
}

/** Decodes JSON to objects and tuples. Numbers keep all digits. Throws `FunctionError`. */
function decodeJson(text: string): Value {
  const parsed = parseJsonValue(locate({ file: "JSON", text }));
  if (parsed.value) return fromJson(parsed.value);
  const [problem] = parsed.diagnostics;
  const place = problem?.range ? ` at line ${problem.range.start.line}, column ${problem.range.start.column}` : "";
  return fail(`invalid JSON${place}: ${problem?.detail ?? problem?.summary ?? "no value"}`.replace(/\.$/, ""), 0);
}

function fromJson(value: JsonValue): Value {
  switch (value.kind) {
    case "string":
      return stringValue(value.text);
    case "number":
      return numberValue(parseExact(value.digits) ?? fail(`not a number: ${value.digits}`, 0));
    case "keyword":
      return value.value === null ? nullValue() : boolValue(value.value);
    case "array":
      return tupleValue(value.items.map(fromJson));
    case "object":
      return objectValue(new Map(value.properties.map(({ name, value: item }) => [name.text, fromJson(item)])));
  }
}
