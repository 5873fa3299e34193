import { describe, expect, test } from "@jest/globals";
import { element } from "../../../../src/local/endpoint/wire/xml.js";

describe("element", () => {
  test.each([
    ["text", 'a<b>&"c"', "<x>a&lt;b&gt;&amp;&quot;c&quot;</x>"],
    ["a number", 3, "<x>3</x>"],
    ["a boolean", false, "<x>false</x>"],
    ["nothing", undefined, ""],
    ["an empty list", [], "<x></x>"],
    ["a list", ["a", { b: 1 }], "<x><item>a</item><item><b>1</b></item></x>"],
    ["a structure with gaps", { a: undefined, b: "c" }, "<x><b>c</b></x>"],
    ["what XML cannot carry", "a\u0000\u001bb", "<x>a\ufffd\ufffdb</x>"],
    ["a carriage return", "a\r\nb", "<x>a&#13;\nb</x>"],
  ])("writes %s", (_what, value, expected) => {
    expect(element("x", value, "item")).toBe(expected);
  });

  test("names the entries of a list as the protocol does", () => {
    expect(element("x", ["a"], "member")).toBe("<x><member>a</member></x>");
  });
});
