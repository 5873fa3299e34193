import { describe, expect, test } from "@jest/globals";
import { decodeEntities, escapeXml, findElement, readXml } from "../../../src/winrm/wire/xml.js";

test("elements, attributes and text are read without prefixes", () => {
  const root = readXml(
    `\uFEFF<?xml version="1.0"?><!-- note --><s:A xmlns:s="x" s:one="1 &amp; 2" two='"'>a&lt;b<![CDATA[<raw>&]]><s:B/><c>&#x41;&#66;</c></s:A>\n`,
  );
  expect(root).toMatchObject({ name: "A", text: "a<b<raw>&" });
  expect([...root.attributes]).toEqual([
    ["s", "x"],
    ["one", "1 & 2"],
    ["two", '"'],
  ]);
  expect(root.children.map(({ name }) => name)).toEqual(["B", "c"]);
  expect(findElement(root, "c")?.text).toBe("AB");
  expect(findElement(root, "d")).toBeUndefined();
});

test.each(["", "a & b", "<a>\"'\r\n\t", "]]>", "ä\u{1f600}"])(
  "text %j is the same after escaping and reading",
  (text) => {
    expect(readXml(`<a b="${escapeXml(text)}">${escapeXml(text)}</a>`)).toMatchObject({ text });
    expect(readXml(`<a b="${escapeXml(text)}"/>`).attributes.get("b")).toBe(text);
  },
);

describe("what a hostile machine sends is refused", () => {
  test.each([
    ["a document type", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "document type"],
    ["entities of its own", "<a>&lol;</a>", "entity"],
    ["an entity without an end", "<a>&amp</a>", "entity"],
    ["a character beyond Unicode", "<a>&#x110000;</a>", "entity"],
    ["deep nesting", "<a>".repeat(100), "nested too deep"],
    ["many elements", `<a>${"<b/>".repeat(20_001)}</a>`, "too many elements"],
    ["two root elements", "<a/><b/>", "two root elements"],
    ["text outside", "<a/>b", "text outside"],
    ["no element", "", "not complete"],
    ["an element without an end", "<a><b></b>", "not complete"],
    ["another end tag", "<a></b>", "end tag"],
    ["a tag without an end", "<a", "not closed"],
    ["an attribute without quotes", "<a b=c/>", "not closed"],
    ["an open comment", "<a><!-- </a>", "not complete"],
  ])("%s", (_name, text, problem) => {
    expect(() => readXml(text)).toThrow(problem);
  });

  test("a megabyte of open tags takes no time", () => {
    const began = Date.now();
    for (const text of ["<a ".repeat(300_000), `<a ${'b="c" '.repeat(150_000)}`, "<a>&".repeat(200_000)]) {
      expect(() => readXml(text)).toThrow();
    }
    expect(Date.now() - began).toBeLessThan(2000);
  });
});

test("text without entities is returned as it is", () => {
  expect(decodeEntities("plain")).toBe("plain");
});
