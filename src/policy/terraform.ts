import { type PolicyDocument, type PolicyStatement, sentence } from "./document.js";

/** A policy document with its name as a data source, and the reasons for its statements by Sid. */
export interface NamedPolicy {
  /** `bake_ami`. */
  readonly name: string;
  readonly document: PolicyDocument;
  readonly reasons: ReadonlyMap<string, string>;
}

/** Returns data sources `aws_iam_policy_document` in the format of `terraform fmt`. The reason of each statement is a comment. */
export function terraformText(policies: readonly NamedPolicy[]): string {
  return policies.map(dataSource).join("\n\n");
}

function dataSource({ name, document, reasons }: NamedPolicy): string {
  const statements = document.Statement.map((statement) => indented(statementBlock(statement, reasons)));
  return [`data "aws_iam_policy_document" "${name}" {`, statements.join("\n\n"), "}"].join("\n");
}

function statementBlock(statement: PolicyStatement, reasons: ReadonlyMap<string, string>): string {
  const { Sid: sid = "", Action, Resource, Principal, Condition } = statement;
  const reason = reasons.get(sid);
  const resources = Resource === undefined ? [] : [attribute("resources", Resource)];
  const attributes = aligned([["sid", [quoted(sid)]], attribute("actions", Action), ...resources]);
  const principals = Object.entries(Principal ?? {}).map(([type, identifier]) =>
    block("principals", [
      ["type", [quoted(type)]],
      ["identifiers", [`[${quoted(identifier)}]`]],
    ]),
  );
  const conditions = Object.entries(Condition ?? {}).flatMap(([test, keys]) =>
    Object.entries(keys).map(([variable, values]) =>
      block("condition", [["test", [quoted(test)]], ["variable", [quoted(variable)]], attribute("values", values)]),
    ),
  );
  const body = [attributes, ...principals, ...conditions].map(indented).join("\n\n");
  return [...(reason === undefined ? [] : [`# ${sentence(reason)}`]), "statement {", body, "}"].join("\n");
}

/** An attribute and the lines of its value. */
type Attribute = readonly [name: string, lines: readonly string[]];

function attribute(name: string, value: string | readonly string[]): Attribute {
  const values = typeof value === "string" ? [value] : value;
  if (values.length === 1) return [name, [`[${values.map(quoted).join("")}]`]];
  return [name, ["[", ...values.map((each) => `  ${quoted(each)},`), "]"]];
}

function block(name: string, attributes: readonly Attribute[]): string {
  return [`${name} {`, indented(aligned(attributes)), "}"].join("\n");
}

/** Aligns the equals signs of attributes on consecutive lines. One with a value of several lines is not aligned with others. */
function aligned(attributes: readonly Attribute[]): string {
  const groups: Attribute[][] = [];
  for (const each of attributes) {
    const last = groups.at(-1);
    const isAlone = each[1].length > 1 || (last?.[0]?.[1].length ?? 2) > 1;
    if (last && !isAlone) last.push(each);
    else groups.push([each]);
  }
  return groups
    .flatMap((group) => {
      const width = Math.max(...group.map(([name]) => name.length));
      return group.map(([name, lines]) => `${name.padEnd(width)} = ${lines.join("\n")}`);
    })
    .join("\n");
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}

/** Quotes a text. Variables of IAM policies are not expressions of Terraform. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/[$%](?=\{)/g, "$&$&");
}
