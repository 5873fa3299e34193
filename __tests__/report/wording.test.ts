import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { ACTION_WORDS, actionWords, FORK_HINT } from "../../src/action/words.js";
import { AwsError } from "../../src/aws/client/errors.js";
import { unknownRegionError } from "../../src/aws/regions.js";
import { COMMAND_WORDS } from "../../src/cli/words.js";
import { toDiagnostic } from "../../src/core/errors.js";
import { orderError, startError } from "../../src/local/instances/namespace/start-error.js";
import { inWords } from "../../src/report/wording.js";
import { PROJECT } from "../engine/running.js";

/** All sources but the texts of the front ends. */
const SOURCES = readdirSync(join(PROJECT, "src"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !/^(action|cli)[\\/]words\.ts$/.test(file))
  .map((file) => readFileSync(join(PROJECT, "src", file), "utf8"))
  .join("\n");

/** Codes of AWS errors are made of the kind of failure. */
const isInSources = (code: string) =>
  SOURCES.includes(`"${code}"`) || (code.startsWith("aws-") && SOURCES.includes(`"${code.slice(4)}"`));

test.each([...Object.keys(ACTION_WORDS), ...Object.keys(COMMAND_WORDS)])(
  "the code %s, which has texts of a front end, is in the sources",
  (code) => expect(isInSources(code)).toBe(true),
);

const call = { service: "ec2", operation: "DescribeImages", region: "us-east-1" };
const missingKeys = new AwsError(call, "no-credentials", "CredentialsProviderError", new Error("none"));
const region = { name: "us-east-9", near: "us-east-1" };

test.each([
  [unknownRegionError("list", [region]), 'Input "regions" contains a Region that does not exist: "us-east-9"'],
  [unknownRegionError("default", [region]), 'Input "aws-region" is a Region that does not exist: "us-east-9"'],
])("the action names the input of %s", (error, summary) => {
  expect(inWords(toDiagnostic(error), ACTION_WORDS)).toMatchObject({ summary, hint: 'Did you mean "us-east-1"?' });
});

test.each([
  [unknownRegionError("list", [region]), 'Flag "-regions" contains a Region that does not exist: "us-east-9"'],
  [unknownRegionError("default", [region]), 'Flag "-region" is a Region that does not exist: "us-east-9"'],
])("the command line names the flag of %s", (error, summary) => {
  expect(inWords(toDiagnostic(error), COMMAND_WORDS)).toMatchObject({ summary });
});

test("missing credentials: the action names its input, the command line names none, a fork reads that it has no secrets", () => {
  const diagnostic = toDiagnostic(missingKeys);
  expect(inWords(diagnostic, ACTION_WORDS).hint).toContain('"role-to-assume"');
  expect(inWords(diagnostic, COMMAND_WORDS).hint).not.toContain("role-to-assume");
  const pullRequest = { number: 7, headSha: "abc", fork: true };
  expect(inWords(diagnostic, actionWords({ pullRequest })).hint).toBe(FORK_HINT);
  expect(inWords(diagnostic, actionWords({ pullRequest: { ...pullRequest, fork: false } }))).toEqual(diagnostic);
});

test("of two situations with different hints, only the one with a code of its own has texts of a front end", () => {
  expect(inWords(toDiagnostic(startError("sudo: a password is required")), ACTION_WORDS).hint).toMatch(/Run as root/);
  for (const full of [startError("mkdir: No space left on device"), orderError("write: No space left on device")])
    expect(inWords(toDiagnostic(full), ACTION_WORDS).hint).toMatch(/^Free disk space in an earlier step/);
});

test("an error without a hint gets none", () => {
  const error = { severity: "error", code: "local-disk-full", summary: "s" } as const;
  expect(inWords(error, ACTION_WORDS).hint).toBeUndefined();
});
