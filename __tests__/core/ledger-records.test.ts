import { describe, expect, test } from "@jest/globals";
import { readLedger } from "../../src/core/ledger-records.js";

const read = (...lines: readonly (string | object)[]) =>
  readLedger(
    lines.map((line, index) => ({
      place: String(index + 1),
      text: typeof line === "string" ? line : JSON.stringify(line),
    })),
  );

const ACCOUNT = { region: "us-east-1", accountId: "123456789012", partition: "aws", insecureTls: true };
const INTENT = { key: "k", kind: "instance", build: "web", account: ACCOUNT, token: "t", details: { zone: "a" } };
const OPEN = { op: "intent", at: 1, intent: INTENT };
const MADE = { op: "made", at: 2, key: "k", id: "i-1" };
const RUN = { version: 2, pid: 1, host: "h", startedAt: 1, template: "web.json" };

/** The intent with some other members. */
const intent = (more: object) => ({ ...OPEN, intent: { ...INTENT, ...more } });

test("whole records are read as they were written, with the headers of their runs", () => {
  const records = [OPEN, MADE, { op: "kept", at: 3, key: "k", why: "finished" }, { op: "released", at: 4, key: "k" }];
  const found = read({ run: RUN }, ...records, "", { run: { ...RUN, version: undefined, lock: "x", boot: "b" } });
  expect(found).toEqual({
    runs: [
      { ...RUN, boot: undefined, lock: undefined },
      { ...RUN, version: 1, boot: "b", lock: "x" },
    ],
    records,
    problems: [],
  });
});

test("a role is read with all that its session depends on", () => {
  const assumeRole = {
    roleArn: "arn",
    externalId: "e",
    sessionName: "bake",
    durationSeconds: 900,
    policy: "{}",
    policyArns: ["arn:aws:iam::aws:policy/a"],
    tags: { Team: "infra", Empty: "" },
    transitiveTagKeys: ["Team"],
  };
  const record = intent({ account: { ...ACCOUNT, assumeRole } });
  expect(read({ run: RUN }, record)).toMatchObject({ problems: [], records: [record] });
});

describe("a line that is not one whole record of this version is a problem, and every other record is read", () => {
  test.each<[string, string | object, string, readonly string[]]>([
    ["an intent without its resource", '{"op":"intent"}', '"intent" is missing', []],
    ["no operation", { at: 1 }, '"op" is missing', []],
    [
      "another operation",
      { op: "moved", at: 1 },
      '"op" must be "intent", "made", "released" or "kept", and is "moved"',
      [],
    ],
    ["a list", "[1]", "It must be an object, and is [1]", []],
    ["text", "<html>", "The line is not JSON, or is truncated", []],
    ["a truncated record", '{"op":"made","at":2,"key":"k","i', "The line is not JSON, or is truncated", []],
    ["a key that is no string", { ...MADE, key: 5 }, '"key" must be a string that is not empty', []],
    ["no ID", { ...MADE, id: "" }, '"id" must be a string that is not empty', []],
    ["a time that is text", { ...MADE, at: "now" }, '"at" must be a number', []],
    ["no time", { ...MADE, at: undefined }, '"at" is missing', []],
    ["an unknown kind", intent({ kind: "local-path" }), '"intent.kind" is unknown: "local-path"', []],
    ["a kind of the language", intent({ kind: "constructor" }), '"intent.kind" is unknown: "constructor"', []],
    ["no account of an AWS resource", intent({ account: undefined }), '"intent.account" is missing', []],
    [
      "a Region that is a host",
      intent({ account: { region: "evil.example/" } }),
      '"intent.account.region" is not a Region: "evil.example/"',
      [],
    ],
    [
      "a role without its ARN",
      intent({ account: { ...ACCOUNT, assumeRole: {} } }),
      '"intent.account.assumeRole.roleArn" is missing',
      [],
    ],
    [
      "policies of a role that are no list",
      intent({ account: { ...ACCOUNT, assumeRole: { roleArn: "arn", policyArns: "arn" } } }),
      '"intent.account.assumeRole.policyArns" must be a list of strings',
      [],
    ],
    [
      "tags of a role that are no text",
      intent({ account: { ...ACCOUNT, assumeRole: { roleArn: "arn", tags: { Team: 1 } } } }),
      '"intent.account.assumeRole.tags.Team" must be a string',
      [],
    ],
    [
      "a wrong flag",
      intent({ account: { ...ACCOUNT, insecureTls: 1 } }),
      '"intent.account.insecureTls" must be true or false',
      [],
    ],
    [
      "details that are no text",
      intent({ details: { zone: 1 } }),
      '"details.zone" must be a string that is not empty',
      [],
    ],
    ["a name that is no text", intent({ name: {} }), '"intent.name" must be a string', []],
    [
      "a later version",
      { run: { ...RUN, version: 3 } },
      "The ledger has version 3, and this version of bake-ami reads versions up to 2",
      [],
    ],
    ["a header without its process", { run: { ...RUN, pid: undefined } }, '"run.pid" is missing', []],
    [
      "an ID of an unknown kind",
      { ...MADE, key: "x" },
      'No earlier line says what kind of resource "i-1" is',
      ["made"],
    ],
    [
      "two records",
      `${JSON.stringify({ ...OPEN, intent: { ...INTENT, key: "b" } })}${JSON.stringify({ ...MADE, key: "b" })}`,
      "The line has more than one record",
      ["intent", "made"],
    ],
    [
      "a record after a truncated one",
      `{"op":"intent","at":1,"intent":{"key":"x","ki${JSON.stringify({ ...MADE, id: 'i-"{2' })}`,
      "The line is not JSON, or is truncated",
      ["made"],
    ],
  ])("%s", (_, line, problem, ops) => {
    const { records, problems } = read(OPEN, line, MADE);
    expect(problems).toEqual([{ place: "2", problem }]);
    expect(records.map(({ op }) => op)).toEqual(["intent", ...ops, "made"]);
  });
});

test("a line of any length is read in a time that its length allows", () => {
  // Time of this process: other programs of the host do not count.
  const began = process.cpuUsage();
  const { problems } = read(`{"op":${"{".repeat(2_000_000)}`, '{"op":'.repeat(10_000));
  expect(problems).toHaveLength(2);
  expect(process.cpuUsage(began).user / 1000).toBeLessThan(1000);
});
