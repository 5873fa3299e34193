import { describe, expect, test } from "@jest/globals";
import { catalog } from "../../src/catalog.js";
import { BUILD_DATA_KEYS } from "../../src/core/late.js";
import { PLACEHOLDER } from "../../src/options/context.js";
import type { FieldsOf } from "../../src/options/decoding.js";
import type { CheckContext } from "../../src/options/schema.js";
import { makePlan } from "../../src/plan/make-plan.js";
import { decodePart, preparePart } from "../../src/plan/plan-part.js";
import { unknownInTemplate } from "../../src/plan/unknown-options.js";
import type { PartTemplate, Template } from "../../src/template/template.js";
import { loadText } from "../template/hcl/loading.js";
import { load as loadJson } from "../template/json/loading.js";

const checks: CheckContext = {
  pathKind: () => "file",
  pathFromTemplate: () => undefined,
  readText: () => "",
  env: () => undefined,
  now: () => 0,
};

/** Data of a build, by key: each has its key as its value. */
const DATA = Object.fromEntries(
  [...BUILD_DATA_KEYS, "SourceAMI", "SourceAMIName"].map((key) => [key, `value of ${key}`]),
);

/** The arguments of all options of a kind, also of those in blocks, each with `value` where a text can be. */
function argumentsOf(fields: FieldsOf, value: string): readonly (readonly [path: string, text: string])[] {
  return Object.entries(fields).flatMap(([name, field]): readonly (readonly [string, string])[] => {
    const { type } = field;
    if (field.fields) {
      return argumentsOf(field.fields, value).map(
        ([path, text]) => [`${name}.${path}`, `${name} {\n${text}\n}`] as const,
      );
    }
    if (type.startsWith("map")) return [[name, `${name} = { a = ${value} }`]];
    if (type.startsWith("list")) return [[name, `${name} = [${value}]`]];
    return [[name, `${name} = ${value}`]];
  });
}

/** The options without those that a part must have, so that each can be decoded alone. */
function alone(fields: FieldsOf): FieldsOf {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, { ...field, notes: { ...field.notes, required: undefined } }]),
  );
}

/** Whether the value of an option is any text, so that the build's own value is seen in the decoded options. */
function isText({ type, fields }: FieldsOf[string]): boolean {
  return !fields && /^(?:(?:list|map) of )?(?:string|template)$/.test(type);
}

type Part = "builder" | "provisioner" | "post-processor";

const KINDS = [
  ...[...catalog.builders.values()],
  ...[...catalog.provisioners.values()],
  ...[...catalog.postProcessors.values()],
].map(({ part, type, schema }) => ({ part, type, fields: schema.fields }));

/** A template with one part that has the argument. */
function templateWith(part: Part, type: string, argument: string): Template {
  const source = part === "builder" ? `source "${type}" "a" {\n${argument}\n}` : 'source "null" "a" {}';
  const used = part === "builder" ? type : "null";
  const own = part === "builder" ? "" : `${part} "${type}" {\n${argument}\n}`;
  const loaded = loadText(`${source}\nbuild {\n  sources = ["${used}.a"]\n${own}\n}`);
  if (!loaded.template) throw new Error(loaded.diagnostics.map(({ summary }) => summary).join("; "));
  return loaded.template;
}

function partOf({ builds }: Template, part: Part): PartTemplate {
  const [build] = builds;
  const found =
    part === "builder"
      ? build?.builder
      : part === "provisioner"
        ? build?.provisioners[0]
        : build?.postProcessors[0]?.[0];
  if (!found) throw new Error(`no ${part}`);
  return found;
}

/** Returns all texts of decoded options. Text that is rendered during the run is rendered, where that needs no other data. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  if ("render" in value && typeof value.render === "function") {
    try {
      return [String(value.render({}))];
    } catch {
      return [];
    }
  }
  return Object.entries(value).flatMap(([key, item]) => [key, ...textsOf(item)]);
}

describe.each(KINDS)("$part $type: no option runs with a placeholder", ({ part, type, fields }) => {
  test("if its value is never known, a bake refuses it by its place", () => {
    const options = argumentsOf(fields, "packer.iterationID");
    const missed = options.filter(([, text]) => {
      const template = templateWith(part, type, text);
      const found = unknownInTemplate(template, catalog);
      return found.length !== 1 || found[0]?.range === undefined || found[0].severity !== "error";
    });
    expect(missed).toEqual([]);
  });
});

describe.each(KINDS.filter(({ part }) => part !== "builder"))("an option of $part $type", ({ part, type, fields }) => {
  const schema = { fields: alone(fields), renamed: {}, check: undefined };

  test("that is a value of the build runs with that value", () => {
    const wrong = argumentsOf(fields, "build.ID").filter(([path, text]) => {
      const template = templateWith(part, type, text);
      const [build] = template.builds;
      if (!build || unknownInTemplate(template, catalog).length > 0) return true;
      const prepared = preparePart(partOf(template, part), schema, { build, catalog, checks, announced: ["ID"] })(DATA);
      if (!prepared.ok) return isText(fields[path] ?? NO_TEXT);
      const texts = textsOf(prepared.options);
      return (
        texts.some((each) => each.includes(PLACEHOLDER)) ||
        (isText(fields[path] ?? NO_TEXT) && !texts.includes(DATA.ID ?? ""))
      );
    });
    expect(wrong).toEqual([]);
  });

  test("that is unknown in spite of all fails", () => {
    const wrong = argumentsOf(fields, "packer.iterationID").filter(([, text]) => {
      const template = templateWith(part, type, text);
      const [build] = template.builds;
      if (!build) return true;
      return preparePart(partOf(template, part), schema, { build, catalog, checks, announced: [] })(DATA).ok;
    });
    expect(wrong).toEqual([]);
  });
});

/** For paths into blocks, of which only the absence of placeholders is tested. */
const NO_TEXT: FieldsOf[string] = { type: "object", notes: { doc: "" }, absent: undefined, decode: () => undefined };

/** The options of a JSON template as they are decoded for the run. Undefined if the part is refused. */
function jsonOptions({ part, type, fields }: (typeof KINDS)[number], options: object): readonly string[] | undefined {
  const builder = part === "builder" ? { ...options, type } : { type: "null", communicator: "none" };
  const others = part === "builder" ? {} : { [`${part}s`]: [{ ...options, type }] };
  const loaded = loadJson(JSON.stringify({ builders: [builder], ...others }));
  const [build] = loaded.template?.builds ?? [];
  if (!loaded.template || !build) throw new Error("no build");
  const schema = { fields: alone(fields), renamed: {}, check: undefined };
  if (part === "builder") {
    const setting = { build, catalog, checks, announced: [] };
    const decoded = decodePart(build.builder.options(undefined), schema, setting);
    return decoded.value === undefined ? undefined : textsOf(decoded.value);
  }
  const setting = { build, catalog, checks, announced: ["ID"] };
  const prepared = preparePart(partOf(loaded.template, part), schema, setting)(DATA);
  return prepared.ok ? textsOf(prepared.options) : undefined;
}

function jsonValue(type: string): unknown {
  const text = "{{build `ID`}}";
  if (type.startsWith("map")) return { a: text };
  return type.startsWith("list") ? [text] : text;
}

test.each(KINDS)("JSON: no option of $part $type runs with a placeholder", (kind) => {
  const wrong = Object.entries(kind.fields).filter(([name, field]) => {
    const value = field.fields
      ? Object.fromEntries(Object.entries(field.fields).map(([inner, each]) => [inner, jsonValue(each.type)]))
      : jsonValue(field.type);
    const texts = jsonOptions(kind, { [name]: value });
    const needed = kind.part !== "builder" && isText(field);
    return texts?.some((text) => text.includes(PLACEHOLDER)) || (needed && !texts?.includes(DATA.ID ?? ""));
  });
  expect(wrong.map(([name]) => name)).toEqual([]);
});

test("in a JSON template, the builder has no values of its own build, as in Packer", () => {
  const loaded = loadJson(
    '{ "builders": [{ "type": "amazon-ebs", "region": "us-east-1", "source_ami": "ami-12345678", "instance_type": "t3.micro", "ssh_username": "u",\n"ami_name": "x-{{build `ID`}}" }] }',
  );
  const planned = loaded.template && makePlan(loaded.template, catalog, checks);
  expect(
    planned?.diagnostics
      .filter(({ severity }) => severity === "error")
      .map(({ summary, range }) => [summary, range?.start.line]),
  ).toEqual([['"build" has no value "ID" here', 2]]);
});
