import { describe, expect, test } from "@jest/globals";
import { formsOf, masksOf } from "../../../src/core/secrets/forms.js";

describe("masksOf", () => {
  test.each<readonly [string, string, readonly string[]]>([
    ["a secret as it is", " hunter22 ", [" hunter22 "]],
    ["all lines at once, if none is short", "line one\nline two\n", ["line one\nline two\n"]],
    ["a long line of a secret with short ones", '{\n  "key": "hunter22"\n}', ['"key": "hunter22"']],
    ["no single character", "1", []],
    ["no blank text", " \n", []],
    ["no number of few digits", "443", []],
    ["a number of four digits", "8443", ["8443"]],
    ["no truth value", "false", []],
    ["a short password", "abc", ["abc"]],
    ["nothing of short lines alone", "a\nb\nc", []],
  ])("returns %s", (_, secret, expected) => expect(masksOf(secret)).toEqual(expected));
});

describe("formsOf", () => {
  test("encodes no text of few bytes, which would match by chance", () => {
    expect(formsOf("abcde")).toEqual(["abcde"]);
  });

  test("does not list the headings of a key", () => {
    const forms = formsOf("-----BEGIN KEY-----\nMIIEabcdef\n-----END KEY-----\n");
    expect(forms).toContain("MIIEabcdef");
    expect(forms.filter((form) => /^-----(BEGIN|END) KEY-----$/.test(form))).toEqual([]);
  });

  test("of a document of 1 MB are its text, its lines and the base64 forms of its text", () => {
    const document = Array.from({ length: 20_000 }, (_, i) => `a line of a document, number ${i * 7919}`).join("\n");
    const forms = formsOf(document);
    expect(forms.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(10 * document.length);
  });
});
