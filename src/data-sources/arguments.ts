import { BakeError } from "../core/errors.js";
import { PLAIN_TEXT } from "../options/context.js";
import type { ObjectNode, OptionNode } from "../options/node.js";
import { type CheckContext, decodeOptions, type Schema } from "../options/schema.js";

/** The arguments are evaluated, so they have no places. The caller reports the place of the `data` block. */
const NO_RANGE = {
  file: "",
  start: { offset: 0, line: 1, column: 1 },
  end: { offset: 0, line: 1, column: 1 },
} as const;

/** No argument of a data source is a local file. */
const NO_FILES: CheckContext = {
  pathKind: () => "missing",
  pathFromTemplate: () => undefined,
  readText: () => undefined,
  env: () => undefined,
  now: () => 0,
};

/** Decodes the arguments of a data source by its schema. Throws a `BakeError` with all errors. */
export function decodeArguments<T>(schema: Schema<T>, given: unknown): T {
  const decoded = decodeOptions(schema, toObjectNode(given), PLAIN_TEXT, NO_FILES);
  if (decoded.value !== undefined) return decoded.value;
  const errors = decoded.diagnostics.filter((each) => each.severity === "error");
  throw new BakeError(errors.map((each) => each.summary).join("; "), {
    code: "data-source-arguments",
    hint: errors[0]?.hint,
  });
}

function toObjectNode(given: unknown): ObjectNode {
  const node = toNode(given);
  return node.kind === "object" ? node : { kind: "object", entries: [], range: NO_RANGE };
}

function toNode(value: unknown): OptionNode {
  const range = NO_RANGE;
  if (typeof value === "string") return { kind: "string", value, range };
  if (typeof value === "number") return { kind: "number", value: String(value), range };
  if (typeof value === "boolean") return { kind: "bool", value, range };
  if (Array.isArray(value)) return { kind: "list", items: value.map(toNode), range };
  if (typeof value !== "object" || value === null) return { kind: "null", range };
  const entries = Object.entries(value).map(([key, each]) => ({ key, keyRange: range, value: toNode(each) }));
  return { kind: "object", entries, range };
}
