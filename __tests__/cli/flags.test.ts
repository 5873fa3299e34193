import { describe, expect, test } from "@jest/globals";
import { type FlagSpec, parseFlags } from "../../src/cli/flags.js";

const SPECS: readonly FlagSpec[] = [
  { name: "force", kind: "boolean" },
  { name: "on-error", kind: "text", value: "WORD" },
  { name: "var", kind: "texts" },
];

describe("parseFlags", () => {
  test.each([
    [["-on-error=abort", "t.json"]],
    [["-on-error", "abort", "t.json"]],
    [["--on-error=abort", "t.json"]],
    [["t.json", "--on-error", "abort"]],
    [["-on-error=ask", "t.json", "-on-error=abort"]],
    [["-on-error=abort", "--", "t.json"]],
  ])("%j", (args) => {
    const flags = parseFlags(args, SPECS);
    expect(flags.problems).toEqual([]);
    expect(flags.text("on-error")).toBe("abort");
    expect(flags.positional).toEqual(["t.json"]);
  });

  test.each([
    [["-force"], true],
    [["-force=false"], false],
    [["-force=T"], true],
    [[], undefined],
  ])("boolean %j", (args, expected) => expect(parseFlags(args, SPECS).boolean("force")).toBe(expected));

  test("values are kept whole, in order", () => {
    const flags = parseFlags(["-var", "a=b=c", "-var=x=-y", "-var", "m=one\ntwo"], SPECS);
    expect(flags.texts("var")).toEqual(["a=b=c", "x=-y", "m=one\ntwo"]);
  });

  test("a lone - is an argument, and after -- everything is", () => {
    expect(parseFlags(["-", "--", "-force"], SPECS).positional).toEqual(["-", "-force"]);
  });

  test.each([
    [["-forse"], "flag provided but not defined: -forse (did you mean -force?)"],
    [["-zzz=1"], "flag provided but not defined: -zzz"],
    [["-force=maybe"], 'Flag "-force" must be true or false, not "maybe"'],
    [["-on-error"], 'Flag "-on-error" needs a value: -on-error=WORD'],
  ])("refuses %j", (args, problem) => expect(parseFlags(args, SPECS).problems).toEqual([problem]));
});
