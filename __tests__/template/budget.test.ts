import { describe, expect, test } from "@jest/globals";
import { BudgetExceeded, budgetDiagnostic, createBudget, LIMITS, withPlace } from "../../src/template/budget.js";

const RANGE = { file: "t", start: { offset: 0, line: 1, column: 1 }, end: { offset: 1, line: 1, column: 2 } };

describe("a budget", () => {
  test.each(["steps", "bytes", "elements"] as const)("of %s ends what needs more, and not what needs all", (item) => {
    const budget = createBudget(() => 0);
    budget.charge(item, LIMITS[item] - 1);
    budget.require(item, 1);
    expect(() => budget.require(item, 2)).toThrow(BudgetExceeded);
    const other = createBudget(() => 0);
    other.charge(item, LIMITS[item]);
    expect(() => other.charge(item, 1)).toThrow("The evaluation of the template needs more than");
  });

  test.each(["digits", "depth", "bytes", "elements"] as const)(
    "limits the %s of one value without adding it up",
    (item) => {
      const budget = createBudget(() => 0);
      for (let i = 0; i < 3; i++) budget.limit(item, LIMITS[item]);
      expect(() => budget.limit(item, LIMITS[item] + 1)).toThrow(BudgetExceeded);
    },
  );

  test("measures the time of its parts, and not the time between them", () => {
    let now = 0;
    const budget = createBudget(() => now);
    budget.run(() => {
      now += LIMITS.time - 1;
      budget.checkTime();
    });
    now += 1_000_000;
    expect(budget.used().time).toBe(LIMITS.time - 1);
    budget.run(() => budget.checkTime());
    expect(() =>
      budget.run(() => {
        now += 2;
        for (let i = 0; i < 10_000; i++) budget.charge("steps", 1);
      }),
    ).toThrow("1,500 ms of processor time");
  });

  test("fails the same way after it failed, until a fresh one is made", () => {
    const budget = createBudget(() => 0);
    const failure = (action: () => void) => {
      try {
        action();
      } catch (error) {
        return withPlace(error, RANGE);
      }
      return undefined;
    };
    const first = failure(() => budget.limit("digits", LIMITS.digits + 1));
    expect(first).toMatchObject({ resource: "digits", range: RANGE });
    expect(failure(() => budget.charge("steps", 1))).toBe(first);
    expect(failure(() => budget.fresh().charge("steps", 1))).toBeUndefined();
  });

  test("is reported with its place and what to do", () => {
    const budget = createBudget(() => 0);
    expect(() => budget.require("bytes", LIMITS.bytes + 1)).toThrow(BudgetExceeded);
    try {
      budget.checkTime();
    } catch (error) {
      withPlace(error, RANGE);
      expect(error instanceof BudgetExceeded && budgetDiagnostic(error)).toEqual({
        severity: "error",
        code: "budget-exceeded",
        summary: "The evaluation of the template needs more than 16,000,000 characters of text",
        hint: "Make shorter texts here, or upload large data with the file provisioner.",
        range: RANGE,
      });
    }
    expect.assertions(2);
  });
});
