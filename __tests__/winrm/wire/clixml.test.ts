import { describe, expect, test } from "@jest/globals";
import { clixmlFilter } from "../../../src/winrm/wire/clixml.js";

const OBJS = '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">';
const PROGRESS =
  '<Obj S="progress" RefId="0"><TN RefId="0"><T>PSCustomObject</T></TN><MS><I64 N="SourceId">1</I64><PR N="Record"><AV>Preparing modules</AV></PR><Obj N="x"><S>inner</S></Obj></MS></Obj>';
const clixml = (...records: readonly string[]) => `#< CLIXML\r\n${OBJS}${records.join("")}</Objs>`;

const CASES: readonly (readonly [name: string, given: string, expected: string])[] = [
  ["progress", clixml(PROGRESS), ""],
  ["an error", clixml('<S S="Error">Boom &amp; bust_x000D__x000A_</S>'), "Boom & bust\r\n"],
  [
    "an error of several lines between progress",
    clixml(PROGRESS, '<S S="Error">first_x000D__x000A_</S>', PROGRESS, '<S S="Error">    + second_x000D__x000A_</S>'),
    "first\r\n    + second\r\n",
  ],
  [
    "warnings and more",
    clixml('<S S="warning">a</S><S S="verbose">b</S><S S="debug">c</S>'),
    "WARNING: aVERBOSE: bDEBUG: c",
  ],
  [
    "the copy of standard output",
    clixml('<S S="Output">x</S>', '<Obj S="information"><ToString>y</ToString></Obj>'),
    "",
  ],
  ["an error object", clixml('<Obj S="Error" RefId="1"><ToString>It broke</ToString><Props/></Obj>'), "It broke\n"],
  ["other text", "plain text\r\n#<CLIXML is not one\n<a>\n", "plain text\r\n#<CLIXML is not one\n<a>\n"],
  ["text around a document", `before\r\n${clixml('<S S="Error">e_x000A_</S>')}\r\nafter`, "before\r\ne\nafter"],
  ["two documents", `${clixml('<S S="Error">1_x000A_</S>')}\r\n${clixml('<S S="Error">2_x000A_</S>')}`, "1\n2\n"],
  ["a mark in the middle of a line", "x #< CLIXML\n", "x #< CLIXML\n"],
  ["an entity that XML does not have", clixml('<S S="Error">&nope;</S>'), "&nope;"],
  ["an empty record", clixml('<S S="Error"/><S S="Error"></S>'), ""],
];

describe("standard error of PowerShell", () => {
  test.each(CASES)("%s", (_name, given, expected) => {
    const filter = clixmlFilter();
    expect(filter.push(given) + filter.end()).toBe(expected);
  });

  test.each(CASES)("%s, character by character", (_name, given, expected) => {
    const filter = clixmlFilter();
    expect([...given].map((char) => filter.push(char)).join("") + filter.end()).toBe(expected);
  });

  test.each([
    ["a record without an end", `#< CLIXML\r\n${OBJS}<S S="Error">${"x".repeat(2_000_000)}`],
    ["a tag without an end", `#< CLIXML\r\n<${"x".repeat(2_000_000)}`],
  ])("%s does not fill the memory, and is shown", (_name, given) => {
    const filter = clixmlFilter();
    let shown = "";
    for (let at = 0; at < given.length; at += 65_536) shown += filter.push(given.slice(at, at + 65_536));
    expect(shown.length).toBeGreaterThan(1_000_000);
    expect(shown + filter.end()).toContain("x".repeat(2_000_000));
  });

  test("an object without an end hides nothing that is not XML for ever", () => {
    const filter = clixmlFilter();
    const text = filter.push(`#< CLIXML\r\n${OBJS}<Obj S="progress">`) + filter.push("text ".repeat(10)) + filter.end();
    expect(text.length).toBeLessThan(200);
  });
});
