import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { ACTION_WORDS, actionWords, FORK_HINT } from "../../src/action/words.js";
import { AwsError } from "../../src/aws/client/errors.js";
import { unknownRegionError } from "../../src/aws/regions.js";
import { COMMAND_WORDS } from "../../src/cli/words.js";
import { toDiagnostic } from "../../src/core/errors.js";
import { SETTINGS } from "../../src/core/setting.js";
import type { RequestEntry } from "../../src/engine/requests/entry.js";
import { REQUESTS } from "../../src/engine/requests/table.js";
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

test.each([...Object.keys(ACTION_WORDS.hints), ...Object.keys(COMMAND_WORDS.hints)])(
  "the code %s, which has a hint of a front end, is in the sources",
  (code) => expect(isInSources(code)).toBe(true),
);

const call = { service: "ec2", operation: "DescribeImages", region: "us-east-1" };
const missingKeys = new AwsError(call, "no-credentials", "CredentialsProviderError", new Error("none"));
const region = { name: "us-east-9", near: "us-east-1" };

/** A flag: a hyphen at the start of a word. */
const FLAG = /(^|[\s('"`])--?[a-z]/m;

test.each(Object.entries(ACTION_WORDS.hints))("the hint of the action for %s names no flag", (code, hint) => {
  const found = inWords({ severity: "error", code, summary: "s", hint: "h" }, ACTION_WORDS).hint;
  expect(found).toBe(hint);
  expect(found).not.toMatch(FLAG);
});

test.each(Object.entries(COMMAND_WORDS.hints))("the hint of the command line for %s names no input", (code, hint) => {
  const found = inWords({ severity: "error", code, summary: "s", hint: "h" }, COMMAND_WORDS).hint;
  expect(found).toBe(hint);
  expect(found).not.toMatch(/\binputs? "/);
});

/** The texts of the engine that name settings. */
const TEXTS = [...SOURCES.matchAll(/`(?:[^`]*\$\{setting\("[a-z-]+"\)\}[^`]*)`/g)].map(([text]) =>
  text.slice(1, -1).replace(/\$\{setting\("([a-z-]+)"\)\}/g, "‹$1›"),
);

test("every setting is named by a text of the engine", () => {
  const named = new Set(TEXTS.flatMap((text) => [...text.matchAll(/‹([a-z-]+)›/g)].map(([, name]) => name)));
  expect([...named].sort()).toEqual([...SETTINGS]);
});

const ENTRIES = Object.values<RequestEntry>(REQUESTS);

test.each(TEXTS)("each front end names its own settings: %s", (text) => {
  const names = [...text.matchAll(/‹([a-z-]+)›/g)].map(([, name = ""]) => name);
  const diagnostic = { severity: "error", code: "any", summary: text, detail: `a ${text}`, hint: text } as const;
  for (const [words, spellings] of [
    [ACTION_WORDS, names.map((name) => `nput "${name === "region" ? "aws-region" : name}"`)],
    [COMMAND_WORDS, names.map((name) => `-${name}`)],
  ] as const) {
    const { summary, detail, hint } = inWords(diagnostic, words);
    expect(hint).toBe(summary);
    for (const part of [summary, detail]) {
      expect(part).not.toMatch(/[‹›]/);
      for (const spelling of spellings) expect(part).toContain(spelling);
    }
  }
});

test.each(SETTINGS)("the setting %s is an input and a flag", (name) => {
  const input = name === "region" ? "aws-region" : name;
  expect(ENTRIES.some((entry) => entry.input?.name === input && entry.flag?.name === name)).toBe(true);
});

test("a mark of no setting stays as it is: what a service sends names no input", () => {
  const diagnostic = { severity: "error", code: "any", summary: "EC2 said ‹nothing› and ‹ image ›" } as const;
  expect(inWords(diagnostic, ACTION_WORDS)).toEqual(diagnostic);
});

test.each([
  ["list", 'Input "regions" contains a', 'Flag "-regions" contains a'],
  ["default", 'Input "aws-region" is a', 'Flag "-region" is a'],
] as const)("each front end names its own setting of an unknown Region in the %s", (from, input, flag) => {
  const diagnostic = toDiagnostic(unknownRegionError(from, [region]));
  const rest = 'Region that does not exist: "us-east-9"';
  const hint = 'Did you mean "us-east-1"?';
  expect(inWords(diagnostic, ACTION_WORDS)).toMatchObject({ summary: `${input} ${rest}`, hint });
  expect(inWords(diagnostic, COMMAND_WORDS)).toMatchObject({ summary: `${flag} ${rest}`, hint });
});

test("missing credentials: the action names its input, the command line names none, a fork reads that it has no secrets", () => {
  const diagnostic = toDiagnostic(missingKeys);
  expect(inWords(diagnostic, ACTION_WORDS).hint).toContain('"role-to-assume"');
  expect(inWords(diagnostic, COMMAND_WORDS).hint).not.toContain("role-to-assume");
  const pullRequest = { number: 7, headSha: "abc", fork: true };
  expect(inWords(diagnostic, actionWords({ pullRequest })).hint).toBe(FORK_HINT);
  expect(inWords(diagnostic, actionWords({ pullRequest: { ...pullRequest, fork: false } }))).toEqual(diagnostic);
});

test("of two situations with different hints, only the one with a code of its own has a hint of a front end", () => {
  expect(inWords(toDiagnostic(startError("sudo: a password is required")), ACTION_WORDS).hint).toMatch(/Run as root/);
  for (const full of [startError("mkdir: No space left on device"), orderError("write: No space left on device")])
    expect(inWords(toDiagnostic(full), ACTION_WORDS).hint).toMatch(/^Free disk space in an earlier step/);
});

test("an error without a hint gets none", () => {
  const error = { severity: "error", code: "local-disk-full", summary: "s" } as const;
  expect(inWords(error, ACTION_WORDS).hint).toBeUndefined();
});
