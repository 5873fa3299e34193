import { expect, test } from "@jest/globals";
import { parseArtifact } from "../../src/core/artifact-name.js";

const HASH = "0".repeat(64);
const ids = (record: Readonly<Record<string, string>>) => ({ kind: "ids", ids: new Map(Object.entries(record)) });

test.each([
  ["ami-0123456789abcdef0", ids({ "": "ami-0123456789abcdef0" })],
  ["us-east-1:ami-01234567, eu-west-1:ami-89abcdef", ids({ "us-east-1": "ami-01234567", "eu-west-1": "ami-89abcdef" })],
  ['{"us-east-1":"ami-01234567"}', ids({ "us-east-1": "ami-01234567" })],
  ["/images/web/latest:prod", { kind: "parameter", name: "/images/web/latest:prod" }],
  ["parameter:web-latest", { kind: "parameter", name: "web-latest" }],
  ["parameter:/images/web", { kind: "parameter", name: "/images/web" }],
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
  expect(parseArtifact(text)).toMatchObject({
    complaint: expect.stringContaining("is not an AMI ID, a parameter or a fingerprint"),
  });
});

test("an invalid Region name is reported", () => {
  expect(parseArtifact("mars:ami-01234567")).toMatchObject({
    complaint: 'contains an invalid Region name: "mars"',
  });
});
