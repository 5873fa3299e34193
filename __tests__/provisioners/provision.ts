import { existsSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Communicator } from "../../src/core/communicator.js";
import type { BakeEvent } from "../../src/core/events.js";
import type { Fields, LateText } from "../../src/core/late.js";
import { openLedger } from "../../src/core/ledger.js";
import type { ProvisionerContext } from "../../src/core/parts.js";
import type { DecodeContext } from "../../src/options/context.js";
import type { ObjectNode, OptionNode } from "../../src/options/node.js";
import { type Decoded, decodeOptions, type Schema } from "../../src/options/schema.js";
import { partContext } from "../support/context.js";

const start = { offset: 0, line: 1, column: 1 };
const range = { file: "template.json", start, end: start };

/** Options as the template languages pass them to a schema. */
export function nodeOf(value: unknown): OptionNode {
  if (typeof value === "string") return { kind: "string", value, range };
  if (typeof value === "number") return { kind: "number", value: String(value), range };
  if (typeof value === "boolean") return { kind: "bool", value, range };
  if (Array.isArray(value)) return { kind: "list", items: value.map(nodeOf), range };
  if (typeof value === "object" && value !== null) return objectNode(value);
  return { kind: "null", range };
}

export function objectNode(value: object): ObjectNode {
  const entries = Object.entries(value).map(([key, item]) => ({ key, keyRange: range, value: nodeOf(item) }));
  return { kind: "object", entries, range };
}

/** Renders only `{{.Name}}`: the template engine has its own tests. */
const decoding: DecodeContext = {
  language: "json",
  render: (node) => ({ ok: true, value: node.value }),
  compile: (node) => ({ ok: true, value: lateText(node.value) }),
};

function lateText(source: string): LateText {
  const render = (fields: Fields) =>
    source.replace(/\{\{\s*\.(\w+)\s*\}\}/g, (_all, name: string) => String(fields[name] ?? "<no value>"));
  return { source, render };
}

/** Decodes options; relative paths are in `cwd`. */
export function decode<T>(
  schema: Schema<T>,
  options: object,
  cwd: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Decoded<T> {
  return decodeOptions(schema, objectNode(options), decoding, {
    pathKind(path) {
      const full = resolve(cwd, path);
      if (!existsSync(full)) return "missing";
      return statSync(full).isDirectory() ? "directory" : "file";
    },
    pathFromTemplate: () => undefined,
    readText: (path) => (existsSync(resolve(cwd, path)) ? readFileSync(resolve(cwd, path), "utf8") : undefined),
    env: (name) => env[name],
    now: () => Date.now(),
  });
}

/** Returns the decoded options; throws when they are invalid. */
export function optionsFor<T>(schema: Schema<T>, options: object, cwd: string): T {
  const { value, diagnostics } = decode(schema, options, cwd);
  if (value === undefined) throw new Error(diagnostics.map((each) => each.summary).join("; "));
  return value;
}

/** Returns a context for a provisioner with `communicator`; its events are in `events`. */
export function provisionerContext(
  communicator: Communicator,
  cwd: string,
  changes: Partial<ProvisionerContext> = {},
): ProvisionerContext & { readonly events: BakeEvent[] } {
  return {
    ...partContext(cwd),
    machine: { communicator, data: {}, reachable: () => true, reconnect: undefined },
    data: {},
    ledger: openLedger({ append: () => undefined }, Date.now),
    childEnvironment: async () => ({}),
    range,
    ...changes,
  };
}

/** Returns the output lines of a run. */
export function outputOf(events: readonly BakeEvent[]): string[] {
  return events.flatMap((event) => (event.type === "output" ? [event.text] : []));
}

/** Returns the messages of a run. */
export function messagesIn(events: readonly BakeEvent[]): string[] {
  return events.flatMap((event) => (event.type === "say" ? [event.text] : []));
}
