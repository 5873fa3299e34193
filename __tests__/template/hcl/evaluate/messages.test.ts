import { describe, expect, test } from "@jest/globals";
import { objectValue, stringValue, type Value } from "../../../../src/template/values/value.js";
import { evaluateText } from "../../evaluating.js";

const names = new Map<string, Value>([
  ["var", objectValue([["region", stringValue("eu")]])],
  ["local", objectValue([])],
]);

/** Expression, highlighted part, and expected message. */
const cases: readonly (readonly [text: string, marked: string, message: RegExp])[] = [
  ["var.regoin", "regoin", /Variable "regoin" is not declared.*Did you mean "region"/s],
  ["local.x", "x", /Local value "x" is not declared.*locals block/s],
  ["vra.region", "vra", /There is no variable named "vra".*Did you mean "var"/s],
  ["uper(var.region)", "uper", /There is no function named "uper".*Did you mean "upper"/s],
  ['tostring("a")', "tostring", /convert\(VALUE, string\)/],
  ["upper()", "upper()", /"str" is missing.*upper\(str\)/s],
  ["upper(1, 2)", "2", /expects only 1 argument/],
  ["upper([1])", "[1]", /"str" of function "upper".*String required/s],
  ['1 + "a"', '"a"', /must be a number/],
  ['["a"][1]', "[1]", /Index 1 is out of range.*1 element,/s],
  ['{ ami = 1 }["amy"]', '["amy"]', /There is no element with the key "amy".*Did you mean "ami"/s],
  ["{ a.b = 1 }", "a.b", /parentheses/],
  ["true ? 1 : [1]", "1 : [1]", /different types.*number.*tuple/s],
  ["[for x in 1 : x]", "1", /cannot be used as the collection.*list, set, map or object/s],
  ['"a${null}"', "${null}", /cannot be included in a string template/],
  ["convert(1, strng)", "strng", /"strng" is not a valid type.*string/s],
  ['convert("x", number)', '"x"', /A number is required/],
  ["convert([1], list)", "list", /list\(string\)/],
  ["try(var.a, var.b)", "try(var.a, var.b)", /"try" failed: no expression succeeded.*"a".*"b"/s],
];

describe("error messages", () => {
  test.each(cases)("%s", (text, marked, message) => {
    const { diagnostics } = evaluateText(text, names);
    const [first] = diagnostics;
    expect(`${first?.summary} ${first?.detail} ${first?.hint}`).toMatch(message);
    expect(text.slice(first?.range?.start.offset, first?.range?.end.offset)).toBe(marked);
    expect(diagnostics).toHaveLength(1);
  });

  test("one evaluation reports all errors of an expression", () => {
    expect(evaluateText("[var.a, nope(), 1 + true]", names).diagnostics).toHaveLength(3);
  });
});
