import type { Diagnostic } from "../core/diagnostics.js";
import type { Range } from "../core/source.js";

/** What an evaluation uses up. `digits` and `depth` are limits of one value; the others are sums. */
export type BudgetItem = "steps" | "bytes" | "elements" | "digits" | "depth" | "time";

/** What is added up. */
type Counted = "steps" | "bytes" | "elements";

/**
 * The limits of one evaluation of a template (docs/fidelity.md). A step is an expression, a turn of a loop, an element or 16 characters that
 * a function reads. Bytes are characters of the texts that are made, elements the items of the lists and maps. Time is in milliseconds.
 */
export const LIMITS: Readonly<Record<BudgetItem, number>> = {
  steps: 10_000_000,
  bytes: 16_000_000,
  elements: 500_000,
  digits: 10_000,
  depth: 400,
  time: 1_500,
};

/** What was used of a budget. Time is in milliseconds. */
export type BudgetUse = Readonly<Record<Counted | "time", number>>;

/** Counts what an evaluation uses up, and ends it at a limit. */
export interface Budget {
  /** Adds to what was used. Throws `BudgetExceeded` above the limit. */
  charge(resource: Counted, amount: number): void;
  /** Throws `BudgetExceeded` if `amount` more does not fit. Call it before a value of that size is made. */
  require(resource: Counted, amount: number): void;
  /** Throws `BudgetExceeded` if one value is above a limit of values. */
  limit(resource: "digits" | "depth" | "bytes" | "elements", size: number): void;
  /** Reads the clock. Throws `BudgetExceeded` after the time limit. Call it in loops whose steps take long. */
  checkTime(): void;
  /** Runs a part of the evaluation, and adds its time. */
  run<T>(action: () => T): T;
  /** Returns what was used so far. */
  used(): BudgetUse;
  /** Returns a budget of which nothing is used yet, with the same limits. */
  fresh(): Budget;
}

const UNITS: Readonly<Record<BudgetItem, (limit: string) => string>> = {
  steps: (limit) => `more than ${limit} steps`,
  bytes: (limit) => `more than ${limit} characters of text`,
  elements: (limit) => `more than ${limit} elements in lists and maps`,
  digits: (limit) => `a number with more than ${limit} digits`,
  depth: (limit) => `a value nested more than ${limit} levels deep`,
  time: (limit) => `more than ${limit} ms of processor time`,
};

/** An evaluation needs more than its budget. The innermost expression adds its place. */
export class BudgetExceeded extends Error {
  readonly resource: BudgetItem;
  range: Range | undefined;

  constructor(resource: BudgetItem, limit: number) {
    super(`The evaluation of the template needs ${UNITS[resource](limit.toLocaleString("en-US"))}`);
    this.name = "BudgetExceeded";
    this.resource = resource;
  }
}

const HINTS: Readonly<Record<BudgetItem, string>> = {
  steps: "Use smaller lists and texts here, or compute the value before the run and pass it as a variable.",
  bytes: "Make shorter texts here, or upload large data with the file provisioner.",
  elements: "Use smaller lists here.",
  digits: "Use a smaller number.",
  depth: "Use fewer levels.",
  time: "Use smaller lists and texts here, or compute the value before the run and pass it as a variable.",
};

/** Returns the error to report, with its place. */
export function budgetDiagnostic({ message, resource, range }: BudgetExceeded): Diagnostic {
  return { severity: "error", code: "budget-exceeded", summary: message, hint: HINTS[resource], range };
}

/** Sets the place of a `BudgetExceeded` that has none. Returns anything else unchanged. */
export function withPlace(error: unknown, range: Range): unknown {
  if (error instanceof BudgetExceeded) error.range ??= range;
  return error;
}

/** Steps between two readings of the clock. */
const CLOCK_INTERVAL = 256;

/** Returns a new budget. `elapsed` is a clock in milliseconds from any moment, which never goes back. */
export function createBudget(elapsed: () => number, limits: Readonly<Record<BudgetItem, number>> = LIMITS): Budget {
  const used = { steps: 0, bytes: 0, elements: 0 };
  let spent = 0;
  let startedAt: number | undefined;
  let nextReading = CLOCK_INTERVAL;
  const time = () => spent + (startedAt === undefined ? 0 : elapsed() - startedAt);
  // Once it failed, every use fails the same way: what goes on after an error makes nothing more.
  let failure: BudgetExceeded | undefined;
  const hold = (isWithin: boolean, resource: BudgetItem) => {
    if (!isWithin) failure ??= new BudgetExceeded(resource, limits[resource]);
    if (failure) throw failure;
  };
  const checkTime = () => hold(time() <= limits.time, "time");
  return {
    charge(resource, amount) {
      used[resource] += amount;
      hold(used[resource] <= limits[resource], resource);
      if (resource !== "steps" || used.steps < nextReading) return;
      nextReading = used.steps + CLOCK_INTERVAL;
      checkTime();
    },
    require: (resource, amount) => hold(used[resource] + amount <= limits[resource], resource),
    limit: (resource, size) => hold(size <= limits[resource], resource),
    checkTime,
    run(action) {
      if (startedAt !== undefined) return action();
      startedAt = elapsed();
      try {
        return action();
      } finally {
        spent = time();
        startedAt = undefined;
      }
    },
    used: () => ({ ...used, time: time() }),
    fresh: () => createBudget(elapsed, limits),
  };
}
