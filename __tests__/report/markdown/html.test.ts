import { expect, test } from "@jest/globals";
import { prose } from "../../../src/report/markdown/escape.js";
import { anchor, idCell, longTable, table } from "../../../src/report/markdown/html.js";

test("a table has one line for each row, and only a column of text wraps", () => {
  expect(table(["ID", { title: "Reason", wraps: true }], [[idCell("x|y"), prose("c\nd")]])).toBe(
    [
      "<table>",
      '<thead><tr><th>ID</th><th width="220">Reason</th></tr></thead>',
      "<tbody>",
      "<tr><td nowrap><samp>x&#124;y</samp></td><td>c d</td></tr>",
      "</tbody>",
      "</table>",
    ].join("\n"),
  );
});

test("a table is folded beyond eight rows, and its rest is counted", () => {
  const rows = (count: number) => Array.from({ length: count }, () => ["x"]);
  expect(longTable(["A"], [], { summary: "s", most: 9 })).toBe("");
  expect(longTable(["A"], rows(8), { summary: "s", most: 9 })).toMatch(/^<table>/);
  expect(longTable(["A"], rows(12), { summary: "s", most: 9 })).toMatch(
    /^<details><summary>s<\/summary>\n\n<table>[\s\S]*<\/table>\n\n… and 3 more\.\n\n<\/details>$/,
  );
});

test("no link leaves its attribute", () => {
  expect(anchor("x", 'https://h/?a="b"&c=<d> e')).toBe(
    '<a href="https://h/?a=&#34;b&#34;&#38;c=&#60;d&#62;&#32;e">x</a>',
  );
});

test.each(["<img src=x>", "</samp>", "@octocat", "**b**", "`c`"])("%j in a cell is only text", (text) => {
  expect(idCell(text).replace(/^<samp>|<\/samp>$/g, "")).not.toMatch(/[<>`*]|@o/);
});
