import { describe, expect, test } from "@jest/globals";
import { load } from "./loading.js";

/** Returns a template whose provisioner has a text, with the sensitive variables `secret`, `token` (from the environment) and `list`. */
function template(text: string, more: Readonly<Record<string, string>> = {}): string {
  const variables = { secret: "hunter2x", token: "{{env `TOKEN`}}", list: "abcd,efgh,ij", open: "plain", ...more };
  return JSON.stringify({
    variables,
    "sensitive-variables": ["secret", "token", "list"],
    builders: [{ type: "null", communicator: "none" }],
    provisioners: [{ type: "shell-local", inline: [text] }],
  });
}

const KNOWN = ["hunter2x", "tok-abcdef", "abcd,efgh,ij"];
const outside = { env: { TOKEN: "tok-abcdef" } };

/** Returns the secrets of a template in addition to the values of its sensitive variables. */
function derived(text: string, more?: Readonly<Record<string, string>>): readonly string[] {
  return load(template(text, more), {}, outside).secrets.filter((secret) => !KNOWN.includes(secret));
}

describe("a text that an action computes from a secret is a secret", () => {
  test.each<[string, readonly string[]]>([
    ["echo {{user `secret` | upper}} {{user `open` | upper}}", ["HUNTER2X"]],
    ["{{upper (user `secret`)}}", ["HUNTER2X"]],
    ["{{user `token` | upper}}", ["TOK-ABCDEF"]],
    ["{{replace_all `2` `3` (user `secret`)}}", ["hunter3x"]],
    ["{{split (user `list`) `,` 0}} {{split (user `list`) `,` 1}}", ["abcd", "efgh"]],
    ["{{printf `%s-%s` (user `secret`) (user `open`) | upper}}", ["HUNTER2X-PLAIN"]],
    ["{{printf `%x` (user `secret`)}}", ["68756e7465723278"]],
    ["{{user `secret` | printf `%q`}}", ['"hunter2x"']],
    ["{{$s := user `secret`}}{{$s | upper}}", ["HUNTER2X"]],
    ["{{$s := ``}}{{if true}}{{$s = user `secret`}}{{end}}{{$s | upper}}", ["HUNTER2X"]],
    ["{{with user `secret`}}{{. | upper}}{{end}}{{user `open` | upper}}", ["HUNTER2X"]],
    ["{{define `t`}}{{. | upper}}{{$ | lower}}{{end}}{{template `t` (user `secret`)}}", ["HUNTER2X"]],
    ["{{or (user `secret` | upper) `x`}}", ["HUNTER2X"]],
    ["{{build_name}}-{{printf `%s%s` build_name (user `secret`) | upper}}", ["NULLHUNTER2X"]],
    ["{{user `secret` | clean_resource_name}}{{user `token` | clean_resource_name | upper}}", ["TOK-ABCDEF"]],
    // An error in one part of a text: what was rendered before it is known.
    ["{{user `secret` | upper}}{{split `a` `,` 7}}", ["HUNTER2X"]],
  ])("%s", (text, expected) => {
    expect(derived(text)).toEqual(expected);
  });
});

describe("what an action computes without a secret, and what is too short to be one, is not masked", () => {
  test.each([
    "{{user `open` | upper}}",
    "{{if user `secret`}}yes, set{{end}}",
    "{{split (user `list`) `,` 2}}",
    "{{len (user `secret`)}}",
    "{{$s := user `secret`}}{{build_name}}",
    "{{with user `secret`}}{{build_type}}{{end}}{{build_name | upper}}",
    "{{with user `open`}}{{. | upper}}{{end}}",
  ])("%s", (text) => {
    expect(derived(text)).toEqual([]);
  });
});

describe("a variable with a secret in it", () => {
  const both = { both: "a-{{user `secret`}}-b" };
  test.each<[string, Readonly<Record<string, string>>, string, readonly string[]]>([
    ["that changes it", { up: "{{user `secret` | upper}}" }, "{{user `up`}}", ["HUNTER2X"]],
    ["is a secret for other texts", both, "{{user `both` | upper}}", ["A-HUNTER2X-B"]],
    [
      "is a secret for other variables",
      { ...both, deep: "x{{user `both` | upper}}" },
      "{{lower (user `deep`)}}",
      ["A-HUNTER2X-B", "xa-hunter2x-b"],
    ],
    ["that is declared later", { a: "{{user `z` | upper}}", z: "{{user `secret`}}!" }, "", ["HUNTER2X!"]],
  ])("%s", (_, variables, text, expected) => {
    expect(derived(text, variables)).toEqual(expected);
  });

  test("and one that is given are masked alike", () => {
    const given = [{ name: "secret", value: "given-value" }];
    const { secrets } = load(template("{{user `secret` | upper}}"), { variables: given }, outside);
    expect(secrets).toContain("GIVEN-VALUE");
  });
});

describe("secrets of Secrets Manager", () => {
  const text = template("{{user `db` | upper}}", { db: "{{aws_secretsmanager `db` `password`}}" });
  test("count like sensitive variables, when they are known", () => {
    const waiting = load(text, {}, { ...outside, lookUp: () => ({ state: "pending" }) });
    expect(waiting.secrets).toEqual(KNOWN);
    const ready = load(text, {}, { ...outside, lookUp: () => ({ state: "ready", value: '{"password":"from-aws"}' }) });
    expect(ready.secrets.filter((secret) => !KNOWN.includes(secret))).toEqual(["from-aws", "FROM-AWS"]);
  });
});

test("texts of all sections and the names of options are read", () => {
  const part = (text: string) => `{{printf \`${text}-%s\` (user \`s\`) | upper}}`;
  const { secrets } = load(
    JSON.stringify({
      variables: { s: "hunter2x" },
      "sensitive-variables": ["s"],
      builders: [{ type: "null", communicator: "none", ssh_password: part("builder") }],
      provisioners: [
        {
          type: "shell-local",
          command: "true",
          environment_vars: [part("env")],
          override: { null: { x: part("override") } },
        },
      ],
      "error-cleanup-provisioner": { type: "shell-local", command: part("cleanup") },
      "post-processors": [[{ type: "manifest", custom_data: { [part("key")]: part("value") } }]],
    }),
  );
  for (const name of ["BUILDER", "ENV", "OVERRIDE", "CLEANUP", "KEY", "VALUE"])
    expect(secrets).toContain(`${name}-HUNTER2X`);
});
