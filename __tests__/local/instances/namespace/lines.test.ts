import { expect, test } from "@jest/globals";
import { decodeWord, encodeWord, orderLine } from "../../../../src/local/instances/namespace/lines.js";
import { fc } from "../../../support/properties.js";

test("any text is encoded as one word without spaces, line ends or control characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const word = encodeWord(text);
      expect(word).toMatch(/^[!-~]+$/);
      expect(decodeWord(word)).toBe(text);
    }),
  );
});

test.each([
  ["", "%"],
  ["%", "%25"],
  ["a b\n", "a%20b%0A"],
  ["/home/ubuntu", "/home/ubuntu"],
  ["é", "%C3%A9"],
])("%j is the word %s", (text, word) => {
  expect(encodeWord(text)).toBe(word);
});

test("encodes fields as words, and lists as repeated words", () => {
  expect(orderLine("boot", "a1", { id: "i-1", first: 1, layers: ["x y", "z"], keys: "" })).toBe(
    "boot a1 id=i-1 first=1 layers[]=x%20y layers[]=z keys=%\n",
  );
});
