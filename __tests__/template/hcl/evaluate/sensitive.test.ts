import { describe, expect, test } from "@jest/globals";
import { derivedSecretsOf, secretsOf } from "../../../../src/template/values/value.js";
import { evaluateText } from "../../evaluating.js";

describe("values computed from secrets are secret", () => {
  test.each([
    ['"a-${secret("s")}"', ["a-s"]],
    ['upper(secret("s"))', ["S"]],
    ['[secret("s"), "t"]', ["s"]],
    ['{ a = secret("s"), b = "t" }', ["s"]],
    ['{ a = secret("s"), b = "t" }.b', []],
    ['secret({ a = "s", b = "t" }).b', ["t"]],
    ['secret(["s"])[0]', ["s"]],
    ['secret(true) ? "a" : "b"', ["a"]],
    ['true ? "a" : secret("b")', ["a"]],
    ['[for x in secret(["s"]) : "${x}!"]', ["s!"]],
    ['convert(["t", secret("s")], set(string))', ["s", "t"]],
    ['merge({ a = secret("s") }, { b = "t" })', ["s"]],
    ['concat([secret("s")], ["t"])', ["s"]],
    ['jsonencode({ a = secret("s") })', ['{"a":"s"}']],
    ['format("%s/%s", "a", secret("s"))', ["a/s"]],
    ['join(",", ["a", secret("s")])', ["a,s"]],
    ['keys({ a = secret("s") })', []],
    ['try(secret("s"), "t")', ["s"]],
    ['convert(secret("s"), string)', ["s"]],
    ["secret(8443) + 1", ["8444"]],
    ["secret(true)", []],
    ['secret([{ a = "s" }])[*].a', ["s"]],
    ['lookup({ a = secret("s") }, "a", "t")', ["s"]],
  ])("%s", (text, expected) => {
    const { value, diagnostics } = evaluateText(text);
    expect(diagnostics).toEqual([]);
    expect(secretsOf(value)).toEqual(expected);
  });
});

describe("pieces of a secret", () => {
  test.each([
    ['split("", secret("pass"))', []],
    ['substr(secret("password"), 0, 3)', []],
    ['substr(secret("password"), 0, 4)', ["pass"]],
    ['[for i in range(3) : substr(secret("password"), 2 * i, 4)]', ["pass", "sswo", "word"]],
    ["secret(443)", []],
  ])("of %s are secrets from four characters on", (text, expected) => {
    const { value, diagnostics } = evaluateText(text);
    expect(diagnostics).toEqual([]);
    expect(derivedSecretsOf(value)).toEqual(expected);
  });
});
