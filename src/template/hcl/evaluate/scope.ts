import type { Diagnostic } from "../../../core/diagnostics.js";
import type { Range } from "../../../core/source.js";
import type { Budget } from "../../budget.js";
import type { FunctionDefinition } from "../../functions/definition.js";
import { DYNAMIC, type Type } from "../../values/types.js";
import { type UnknownValue, unknownValue, type Value } from "../../values/value.js";
import type { Expression } from "../syntax/ast.js";

/** The names and functions that an expression can use, and the list that its errors are added to. */
export interface Scope {
  readonly variables: ReadonlyMap<string, Value>;
  readonly parent: Scope | undefined;
  /** Undefined when functions may not be called. */
  readonly functions: ReadonlyMap<string, FunctionDefinition> | undefined;
  /** True when `try`, `can`, `convert` and `templatefile` may be called. False in the defaults of variables. */
  readonly specialCalls: boolean;
  /** Reads a file for `templatefile`; undefined inside such a file. Throws `FunctionError`. */
  readonly templateFile: ((path: string) => { readonly file: string; readonly text: string }) | undefined;
  /** Names that exist only in other scopes, with the reason: `locals are not available in variable defaults`. */
  readonly unavailable: ReadonlyMap<string, string>;
  readonly diagnostics: Diagnostic[];
  /** What the evaluation may still use. `evaluate` and function calls charge it; an expression above it throws `BudgetExceeded`. */
  readonly budget: Budget;
  /** Evaluates any expression. It is part of the scope to avoid circular imports. */
  readonly evaluate: (expression: Expression, scope: Scope) => Value;
}

/**
 * Returns the value of an expression. Errors are added to the scope. A part that cannot be evaluated is an unknown value, so that
 * one evaluation finds all errors.
 */
export function evaluate(expression: Expression, scope: Scope): Value {
  return scope.evaluate(expression, scope);
}

/** Returns a scope with more names. They hide names of the outer scope. */
export function childScope(scope: Scope, variables: Iterable<readonly [string, Value]>): Scope {
  return { ...scope, variables: new Map(variables), parent: scope };
}

/** Returns the same scope with a separate list of diagnostics, for an evaluation whose errors may be ignored. */
export function attemptScope(scope: Scope): Scope {
  return { ...scope, diagnostics: [] };
}

/** Returns the value of a name in the innermost scope that has it. Returns undefined when no scope has it. */
export function findVariable(scope: Scope, name: string): Value | undefined {
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    const value = at.variables.get(name);
    if (value) return value;
  }
  return undefined;
}

/** Returns all names in the scope, for suggestions. */
export function listNames(scope: Scope): readonly string[] {
  const names: string[] = [];
  for (let at: Scope | undefined = scope; at; at = at.parent) names.push(...at.variables.keys());
  return names;
}

/** An error in an expression. */
export interface EvaluationProblem {
  readonly code: string;
  readonly summary: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly range: Range;
}

/** Steps to compute the text of an error, with its suggestions. */
const STEPS_OF_ERROR = 500;

/** Records an error. Returns an unknown value as the result. */
export function reportProblem(scope: Scope, problem: EvaluationProblem, type: Type = DYNAMIC): UnknownValue {
  scope.budget.charge("steps", STEPS_OF_ERROR);
  scope.diagnostics.push({ severity: "error", ...problem });
  return unknownValue(type);
}

/** Returns the message of an error as a sentence with a period. */
export function toSentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

/** Returns `Did you mean "x"?`, or undefined. */
export function didYouMean(name: string | undefined): string | undefined {
  return name === undefined ? undefined : `Did you mean "${name}"?`;
}
