import { existsSync, readFileSync, statSync } from "node:fs";
import { type AmazonEbsOptions, amazonEbsSchema } from "../../../src/builders/amazon-ebs/options/schema.js";
import type { Diagnostic } from "../../../src/core/diagnostics.js";
import type { Fields, LateText } from "../../../src/core/late.js";
import type { Json } from "../../../src/options/collections.js";
import type { ObjectNode, OptionNode } from "../../../src/options/node.js";
import { decodeOptions } from "../../../src/options/schema.js";

const position = { offset: 0, line: 1, column: 1 };
const range = { file: "template.json", start: position, end: position };

function toNode(value: Json): OptionNode {
  if (value === null) return { kind: "null", range };
  if (typeof value === "string") return { kind: "string", value, range };
  if (typeof value === "number") return { kind: "number", value: String(value), range };
  if (typeof value === "boolean") return { kind: "bool", value, range };
  if (Array.isArray(value)) return { kind: "list", items: value.map(toNode), range };
  return toObject(value as Readonly<Record<string, Json>>);
}

function toObject(value: Readonly<Record<string, Json>>): ObjectNode {
  const entries = Object.entries(value).map(([key, each]) => ({ key, keyRange: range, value: toNode(each) }));
  return { kind: "object", entries, range };
}

/** Renders `{{ .Name }}` and `{{ .Map.Key }}`. These tests need no more of Go templates. */
function late(source: string): LateText {
  const value = (path: string, fields: Fields): unknown =>
    path.split(".").reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], fields);
  return {
    source,
    render: (fields) => source.replace(/\{\{ \.([\w.]+) \}\}/g, (_, path) => String(value(path, fields))),
  };
}

/** Decodes amazon-ebs options of a JSON template. */
export function decode(given: Readonly<Record<string, Json>>): {
  readonly options: AmazonEbsOptions | undefined;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { value, diagnostics } = decodeOptions(
    amazonEbsSchema,
    toObject(given),
    {
      language: "json",
      render: (node) => ({ ok: true, value: node.value }),
      compile: (node) => ({ ok: true, value: late(node.value) }),
    },
    {
      pathFromTemplate: () => undefined,
      pathKind: (path) => (!existsSync(path) ? "missing" : statSync(path).isFile() ? "file" : "directory"),
      readText: (path) => readFileSync(path, "utf8"),
      env: () => undefined,
      now: () => Date.now(),
    },
  );
  return { options: value, diagnostics };
}

/** The minimal options of a build. */
export const MINIMUM = {
  region: "us-east-1",
  instance_type: "t3.micro",
  source_ami: "ami-0123456789abcdef0",
  ami_name: "web 1",
  ssh_username: "ubuntu",
} as const;

/** Returns decoded options on top of the minimal ones. Throws when they are not valid. */
export function optionsOf(more: Readonly<Record<string, Json>> = {}): AmazonEbsOptions {
  const { options, diagnostics } = decode({ ...MINIMUM, ...more });
  if (!options) throw new Error(diagnostics.map((each) => each.summary).join("; "));
  return options;
}
