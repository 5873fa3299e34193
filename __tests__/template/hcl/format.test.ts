import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { formatConfig } from "../../../src/template/hcl/format.js";
import { tokenize } from "../../../src/template/hcl/syntax/lexer.js";
import { parseConfig } from "../../../src/template/hcl/syntax/parse.js";

describe("formatConfig", () => {
  test.each([
    ["equals signs of consecutive lines are aligned", "a=1\nlong   =    2\n", "a    = 1\nlong = 2\n"],
    ["a blank line ends a column", "a=1\n\nlong=2\n", "a = 1\n\nlong = 2\n"],
    ["a comment line ends a column", "a=1\n# b\nlong=2\n", "a = 1\n# b\nlong = 2\n"],
    ["a multi-line value is not part of the column", "a=[\n1,\n]\nlong=2\n", "a = [\n  1,\n]\nlong = 2\n"],
    ["a block ends a column", "a=1\nbb {\nccc=1\n}\n", "a = 1\nbb {\n  ccc = 1\n}\n"],
    ["comments of consecutive lines are aligned", "a=1#x\nlong=22    # y\n", "a    = 1  #x\nlong = 22 # y\n"],
    ["counts characters, not code units", 'a="e\u0301🎉" # x\nb=1 # y\n', 'a = "e\u0301🎉" # x\nb = 1    # y\n'],
    ["blocks are indented by two", "a {\n      b {\n\tc=1\n}\n        }\n", "a {\n  b {\n    c = 1\n  }\n}\n"],
    ["brackets on one line indent once", "a = [{\nb = 1\n}]\n", "a = [{\n  b = 1\n}]\n"],
    ["brackets closed one by one", "a = [{\nb = 1\n},\n2]\n", "a = [{\n  b = 1\n  },\n2]\n"],
    ["a multi-line call", "a = f(\n1,\n2\n)\n", "a = f(\n  1,\n  2\n)\n"],
    ["labels and braces", 'a   "b"    c{\n}\n', 'a "b" c {\n}\n'],
    ["one-line blocks", "a{b=1}\nc{}\n", "a { b = 1 }\nc {}\n"],
    ["lists and objects", "a=[ 1,2 , 3 ]\nb={c=1,d=2}\ne={ }\n", "a = [1, 2, 3]\nb = { c = 1, d = 2 }\ne = {}\n"],
    ["operators", "a=1+2*-3-  -4\nb=!  c&&d\ne=x==-1?y:z\n", "a = 1 + 2 * -3 - -4\nb = !c && d\ne = x == -1 ? y : z\n"],
    ["index, splat, call", "a=b [ 0 ] . c [*].d\ne=f ( 1 )\n", "a = b[0].c[*].d\ne = f(1)\n"],
    [
      "for",
      "a=[for x in[1]:x]\nb={for k,v in m:k=>v ...if v}\n",
      "a = [for x in [1] : x]\nb = { for k, v in m : k => v... if v }\n",
    ],
    ["namespaces", "a = x :: y ( 1 )\n", "a = x::y(1)\n"],
    ["text is unchanged", 'a = "  x  ${  b  }  "\n', 'a = "  x  ${b}  "\n'],
    ["an object in an interpolation keeps its spaces", 'a = "${{b=1}.b}"\n', 'a = "${ { b = 1 }.b}"\n'],
    [
      "heredocs are unchanged",
      "a   {\nb=<<-X\n   x  =  1\n      X\nccc=1\n}\n",
      "a {\n  b   = <<-X\n   x  =  1\n      X\n  ccc = 1\n}\n",
    ],
    ["keeps blank lines, removes their spaces", "a=1\n   \n\n\nb=1\n", "a = 1\n\n\n\nb = 1\n"],
    ["multi-line comments keep their content", "  /* a\n     b */\n  c=1\n", "/* a\n     b */\nc = 1\n"],
    ["keeps line ends", "a=1\r\nbb=2\r\n", "a  = 1\r\nbb = 2\r\n"],
    ["no newline at the end", "a=1", "a = 1"],
    ["removes a byte order mark", "\ufeffa=1\n", "a = 1\n"],
    ["empty", "", ""],
  ])("%s", (_, before, after) => {
    expect(formatConfig(before)).toBe(after);
  });

  const directory = new URL("fixtures/", import.meta.url);
  test.each(readdirSync(directory))("%s: changes only white space, and formatting again changes nothing", (file) => {
    const text = readFileSync(new URL(file, directory), "utf8");
    const formatted = formatConfig(text);
    expect(parseConfig({ file, text: formatted }).diagnostics).toEqual([]);
    expect(tokensOf(formatted)).toEqual(tokensOf(text));
    expect(formatConfig(formatted)).toBe(formatted);
  });
});

function tokensOf(text: string): string[] {
  return tokenize(text, "configuration").map(({ type, start, end }) => `${type} ${text.slice(start, end)}`);
}
