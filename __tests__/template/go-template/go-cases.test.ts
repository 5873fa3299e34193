import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { createBudget } from "../../../src/template/budget.js";
import { TextSyntaxError } from "../../../src/template/go-template/ast.js";
import { functionNames } from "../../../src/template/go-template/calls.js";
import { evaluateText, TextFault } from "../../../src/template/go-template/evaluate.js";
import type { TextFunctions } from "../../../src/template/go-template/function.js";
import { formatGoTime } from "../../../src/template/go-template/go-time.js";
import { parseText } from "../../../src/template/go-template/parser.js";

interface Cases {
  /** Text, and what Go prints; null is an error. */
  readonly texts: readonly (readonly [string, string | null])[];
  /** Layout, and the moment in it. */
  readonly layouts: readonly (readonly [string, string])[];
}

const cases: Cases = JSON.parse(readFileSync(new URL("go-cases.json", import.meta.url), "utf8"));

const functions: TextFunctions = new Map([
  ["upper", { parameters: ["string"], run: ([text]) => `U${String(text)}` }],
  ["rep", { parameters: ["string", "int"], run: ([text, count]) => `${String(text)}${String(count)}` }],
]);
const data = { A: "text", B: 3n, M: { k: "v", a: "b", "x y": "z" }, T: true, E: "" };

function render(text: string): string | null {
  try {
    return evaluateText(parseText(text, functionNames(functions)), data, {
      functions,
      budget: createBudget(() => 0),
      onDerived: undefined,
    });
  } catch (error) {
    if (error instanceof TextFault || error instanceof TextSyntaxError) return null;
    throw error;
  }
}

describe("text as Go's text/template renders it", () => {
  test.each(cases.texts)("%j", (text, expected) => {
    expect(render(text)).toBe(expected);
  });
});

describe("moments as Go's time.Format prints them", () => {
  const moment = new Date(Date.UTC(2026, 1, 3, 4, 5, 6, 70));
  test.each(cases.layouts)("%s", (layout, expected) => {
    expect(formatGoTime(moment, layout)).toBe(expected);
  });
});
