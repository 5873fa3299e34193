import { BakeError } from "../core/errors.js";
import { PLAIN_TEXT } from "../options/context.js";
import type { ObjectNode, OptionNode } from "../options/node.js";
import { type CheckContext, decodeOptions, type Schema } from "../options/schema.js";

/** Arguments come from a `data` block that has been evaluated: the caller reports their places. */
const NOWHERE = {
  file: "",
  start: { offset: 0, line: 1, column: 1 },
  end: { offset: 0, line: 1, column: 1 },
} as const;

/** Data sources name no files of the runner. */
const NO_FILES: CheckContext = { pathKind: () => "missing", readText: () => undefined, env: () => undefined };

/** Decodes the arguments of a data source by its schema. Throws a `BakeError` with all complaints. */
export function decodeArguments<T>(schema: Schema<T>, given: unknown): T {
  const decoded = decodeOptions(schema, toObjectNode(given), PLAIN_TEXT, NO_FILES);
  if (decoded.value !== undefined) return decoded.value;
  const complaints = decoded.diagnostics.filter((each) => each.severity === "error");
  throw new BakeError(complaints.map((each) => each.summary).join("; "), {
    code: "data-source-arguments",
    hint: complaints[0]?.hint,
  });
}

function toObjectNode(given: unknown): ObjectNode {
  const node = toNode(given);
  return node.kind === "object" ? node : { kind: "object", entries: [], range: NOWHERE };
}

function toNode(value: unknown): OptionNode {
  const range = NOWHERE;
  if (typeof value === "string") return { kind: "string", value, range };
  if (typeof value === "number") return { kind: "number", value: String(value), range };
  if (typeof value === "boolean") return { kind: "bool", value, range };
  if (Array.isArray(value)) return { kind: "list", items: value.map(toNode), range };
  if (typeof value !== "object" || value === null) return { kind: "null", range };
  const entries = Object.entries(value).map(([key, each]) => ({ key, keyRange: range, value: toNode(each) }));
  return { kind: "object", entries, range };
}
