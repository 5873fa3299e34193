import { expect, test } from "@jest/globals";
import { parseConstraints, parseVersion, satisfies } from "../../src/template/packer-version.js";

test.each([
  ["1.16.0", ">= 1.7.0", true],
  ["1.16.0", ">=1.7", true],
  ["1.16.0", "1.16.0", true],
  ["1.16.0", "= v1.16", true],
  ["1.16.0", "~> 1.7", true],
  ["1.16.0", "~> 1.7.0", false],
  ["2.0.0", "~> 1.7", false],
  ["1.16.0", "~> 1", true],
  ["1.16.0", ">= 1.7.0, < 1.10.0", false],
  ["1.16.0", "!= 1.16.0", false],
  ["1.16.0", "> 1.16.0", false],
  ["1.16.0", "<= 1.16", true],
  ["1.16.0", "> 1.16.0-beta1", true],
  ["1.16.0", "~> 1.16.0-beta1", false],
  ["1.16.0", "= 1.16.0-beta1", false],
  ["1.16.0", "< 2.0.0-beta", true],
])("%s meets %s: %s", (version, constraint, expected) => {
  const parsed = parseVersion(version);
  const constraints = parseConstraints(constraint);
  expect(parsed && constraints && satisfies(parsed, constraints)).toBe(expected);
});

test.each(["", "abc", ">= x", "1.0 2.0", "=> 1.0", ">= 1.0,"])("%j is not a constraint", (text) => {
  expect(parseConstraints(text)).toBeUndefined();
});
