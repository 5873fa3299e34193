import type { OptionNode } from "../../options/node.js";
import type { LookupResult } from "../lookups.js";
import { tryConvert } from "../values/convert.js";
import { fromPlain } from "../values/json.js";
import { DYNAMIC, mapOf, objectOf, STRING, type Type } from "../values/types.js";
import { unknownValue, type Value } from "../values/value.js";
import type { Scope } from "./evaluate/scope.js";
import { readOptions } from "./options.js";
import { reportError, type TemplateReading } from "./reading.js";
import type { Block } from "./syntax/body.js";

const strings = (...names: string[]) => names.map((name) => [name, STRING] as const);

/** The output types of the built-in data sources (Packer §3.6, §2.6): wrong names are reported before a data source is read. */
const OUTPUTS: Readonly<Record<string, Type>> = {
  "amazon-ami": objectOf([...strings("id", "name", "creation_date", "owner", "owner_name"), ["tags", mapOf(STRING)]]),
  "amazon-parameterstore": objectOf(strings("value", "version", "arn")),
  "amazon-secretsmanager": objectOf(strings("value", "secret_string", "secret_binary", "version_id")),
  http: objectOf([...strings("url", "body"), ["request_headers", mapOf(STRING)]]),
  null: objectOf(strings("input", "output")),
};

/** Returns the value of a `data` block: the result of its lookup, or an unknown value of the same type. */
export function readDataSource(block: Block, reading: TemplateReading, scope: Scope): Value {
  const kind = block.labels[0]?.text ?? "";
  const type = OUTPUTS[kind] ?? DYNAMIC;
  const before = scope.diagnostics.length;
  const node = readOptions(block.body, scope, reading.secrets);
  if (scope.diagnostics.slice(before).some((d) => d.severity === "error")) return unknownValue(type);
  const range = block.range;
  const options = () => ({ node, diagnostics: [], secrets: [] });
  reading.dataSources.push({ type: kind, typeRange: block.labels[0]?.range ?? range, range, options });
  const given = plainOptions(node);
  if (given === undefined) return unknownValue(type);
  return lookupValue(reading.lookups.lookUp({ kind, arguments: given }), block, type, reading);
}

function lookupValue(result: LookupResult, block: Block, type: Type, reading: TemplateReading): Value {
  if (result.state === "ready") {
    const value = fromPlain(result.value);
    return tryConvert(value, type) ?? value;
  }
  if (result.state === "failed" && !result.wrongArguments) {
    const [kind, name] = block.labels;
    reportError(reading, "data-source-failed", `Could not read data source "${kind?.text}.${name?.text}"`, {
      detail: result.message,
      hint: result.hint,
      range: block.headerRange,
    });
  }
  return unknownValue(type);
}

/** Returns the options as JSON data, repeated blocks as a list. Returns undefined when a value is unknown. */
function plainOptions(node: OptionNode): unknown {
  switch (node.kind) {
    case "string":
    case "bool":
      return node.value;
    case "number":
      return Number(node.value);
    case "null":
      return null;
    case "unknown":
      return undefined;
    case "list": {
      const items = node.items.map(plainOptions);
      return items.includes(undefined) ? undefined : items;
    }
    case "object":
      return plainObject(node);
  }
}

function plainObject(node: Extract<OptionNode, { kind: "object" }>): unknown {
  const result: Record<string, unknown> = {};
  for (const { key, value } of node.entries) {
    const plain = plainOptions(value);
    if (plain === undefined) return undefined;
    const before = result[key];
    result[key] = before === undefined ? plain : [...(Array.isArray(before) ? before : [before]), plain];
  }
  return result;
}
