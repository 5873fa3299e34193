import { describe, expect, test } from "@jest/globals";
import { plain, plainLine } from "../../src/core/plain.js";
import { anyCharacter, fc } from "../support/properties.js";

describe("plain", () => {
  test.each([
    ["colours", "\u001b[1;31mred\u001b[0m", "red"],
    ["cursor movement", "a\u001b[2Kb\u001b[1Ac", "abc"],
    ["a window title", "\u001b]0;owned\u0007text", "text"],
    ["a hyperlink", "\u001b]8;;https://evil.example\u001b\\here\u001b]8;;\u001b\\", "here"],
    ["a device control string", "\u001bP1;2|payload\u001b\\text", "text"],
    ["8-bit forms", "\u009b31mred\u009d0;title\u009ctext", "redtext"],
    ["an unfinished sequence", "text\u001b[31", "text"],
    ["an unfinished title", "text\u001b]0;rest", "text"],
    ["a character set", "\u001b(Btext", "text"],
    ["other controls", "a\u0000b\bc\rd\u007fe", "abcde"],
    ["reversed writing", "a\u202eb\u2066c", "abc"],
    ["tabs and newlines", "a\tb\nc", "a\tb\nc"],
    ["other languages", "zażółć 日本 🙂", "zażółć 日本 🙂"],
  ])("%s", (_, text, expected) => expect(plain(text)).toBe(expected));

  test("removes every control character", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.oneof(
            fc.integer({ min: 0, max: 0x9f }).map((code) => String.fromCodePoint(code)),
            anyCharacter,
          ),
        }),
        (text) => !/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(plain(text)),
      ),
    );
  });

  test("runs in linear time on hostile text", () => {
    expect(plain("\u001b]".repeat(200_000))).toBe("");
    expect(plain("\u001b[".repeat(200_000))).toBe("");
  });
});

test("plainLine returns one line", () => {
  expect(plainLine("a\n\tb\r\nc")).toBe("a b c");
});
