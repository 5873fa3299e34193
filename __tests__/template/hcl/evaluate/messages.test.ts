import { describe, expect, test } from "@jest/globals";
import { objectValue, stringValue, type Value } from "../../../../src/template/values/value.js";
import { evaluateText } from "../../evaluating.js";

const names = new Map<string, Value>([
  ["var", objectValue([["region", stringValue("eu")]])],
  ["local", objectValue([])],
]);

/** Text, the marked stretch, and what the message must say. */
const cases: readonly (readonly [text: string, marked: string, message: RegExp])[] = [
  ["var.regoin", "regoin", /There is no variable "regoin".*Did you mean "region"/s],
  ["local.x", "x", /There is no local value "x".*locals block/s],
  ["vra.region", "vra", /There is no "vra" here.*Did you mean "var"/s],
  ["uper(var.region)", "uper", /There is no function "uper".*Did you mean "upper"/s],
  ['tostring("a")', "tostring", /convert\(VALUE, string\)/],
  ["upper()", "upper()", /"str" is missing.*upper\(str\)/s],
  ["upper(1, 2)", "2", /takes only 1 argument/],
  ["upper([1])", "[1]", /"str" of upper.*string required/s],
  ['1 + "a"', '"a"', /must be a number/],
  ['["a"][1]', "[1]", /There is no element 1.*1 elements/s],
  ['{ ami = 1 }["amy"]', '["amy"]', /There is no element "amy".*Did you mean "ami"/s],
  ["{ a.b = 1 }", "a.b", /parentheses/],
  ["true ? 1 : [1]", "1 : [1]", /different types.*number.*tuple/s],
  ["[for x in 1 : x]", "1", /needs a list, set, map or object/],
  ['"a${null}"', "${null}", /cannot be put into text/],
  ["convert(1, strng)", "strng", /There is no type "strng".*string/s],
  ['convert("x", number)', '"x"', /a number is required/],
  ["convert([1], list)", "list", /list\(string\)/],
  ["try(var.a, var.b)", "try(var.a, var.b)", /No argument of try.*"a".*"b"/s],
];

describe("complaints", () => {
  test.each(cases)("%s", (text, marked, message) => {
    const { diagnostics } = evaluateText(text, names);
    const [first] = diagnostics;
    expect(`${first?.summary} ${first?.detail} ${first?.hint}`).toMatch(message);
    expect(text.slice(first?.range?.start.offset, first?.range?.end.offset)).toBe(marked);
    expect(diagnostics).toHaveLength(1);
  });

  test("all of an expression are told at once", () => {
    expect(evaluateText("[var.a, nope(), 1 + true]", names).diagnostics).toHaveLength(3);
  });
});
