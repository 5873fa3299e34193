import { expect, test } from "@jest/globals";
import { parseArtifact } from "../../../src/publish/promotion/artifact-name.js";
import { imageStack, noteText } from "../../../src/publish/promotion/note.js";

const HASH = "0".repeat(64);
const ids = (record: Readonly<Record<string, string>>) => ({ kind: "ids", ids: new Map(Object.entries(record)) });

test.each([
  ["ami-0123456789abcdef0", ids({ "": "ami-0123456789abcdef0" })],
  ["us-east-1:ami-01234567, eu-west-1:ami-89abcdef", ids({ "us-east-1": "ami-01234567", "eu-west-1": "ami-89abcdef" })],
  ['{"us-east-1":"ami-01234567"}', ids({ "us-east-1": "ami-01234567" })],
  ["/images/web/latest:prod", { kind: "parameter", name: "/images/web/latest:prod" }],
  [`fingerprint:${HASH}`, { kind: "fingerprint", hash: HASH }],
])("%s names an artifact", (text, value) => {
  expect(parseArtifact(text)).toEqual({ value });
});

test.each([
  "",
  "web",
  "ami-xyz",
  "us-east-1:ami-01234567,us-east-1:ami-89abcdef",
  "a:b:ami-01234567",
  "{}x",
  '{"us-east-1":"x"}',
  "fingerprint:12",
])("%j names none", (text) => {
  expect(parseArtifact(text)).toMatchObject({ complaint: expect.stringContaining("names no artifact") });
});

const version = (value: string, note?: "promote" | "rollback" | "restore", from?: string) => ({
  value,
  description: note ? noteText({ kind: note, from, to: value, by: "run 1" }) : "",
  version: 1,
  labels: [],
  at: 0,
  by: "",
  dataType: "",
});

test.each<[string, Parameters<typeof imageStack>[0], readonly string[]]>([
  ["puts", [version("a"), version("b"), version("b"), version("a")], ["a", "b", "a"]],
  ["a rollback", [version("a"), version("b"), version("c"), version("b", "rollback")], ["a", "b"]],
  ["a promotion that was taken back", [version("a"), version("b", "promote"), version("a", "restore")], ["a"]],
  ["a promotion after a rollback", [version("a"), version("b"), version("a", "rollback"), version("c")], ["a", "c"]],
  [
    "another's put that kept our description",
    [version("a"), version("b"), { ...version("a", "rollback"), value: "c" }],
    ["a", "b", "c"],
  ],
])("the stack of %s", (_, history, stack) => {
  expect(imageStack(history)).toEqual(stack);
});
