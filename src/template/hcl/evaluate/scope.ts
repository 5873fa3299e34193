import type { Diagnostic } from "../../../core/diagnostics.js";
import type { Range } from "../../../core/source.js";
import type { FunctionDefinition } from "../../functions/definition.js";
import { DYNAMIC, type Type } from "../../values/types.js";
import { type UnknownValue, unknownValue, type Value } from "../../values/value.js";
import type { Expression } from "../syntax/ast.js";

/** What an expression may refer to, and where its complaints go. */
export interface Scope {
  readonly variables: ReadonlyMap<string, Value>;
  readonly parent: Scope | undefined;
  /** Undefined where functions may not be called. */
  readonly functions: ReadonlyMap<string, FunctionDefinition> | undefined;
  /** Whether `try`, `can`, `convert` and `templatefile` may be called; not in the defaults of variables. */
  readonly specialCalls: boolean;
  /** Reads a file of templates for `templatefile`; undefined inside one. Throws a `FunctionError`. */
  readonly templateFile: ((path: string) => { readonly file: string; readonly text: string }) | undefined;
  /** Why some name is not here though it exists elsewhere, by name: `locals are not available in variable defaults`. */
  readonly absent: ReadonlyMap<string, string>;
  readonly diagnostics: Diagnostic[];
  /** Evaluates any expression; here so that the kinds of expressions need not import each other in a circle. */
  readonly evaluate: (expression: Expression, scope: Scope) => Value;
}

/**
 * The value of an expression. Complaints go to the scope; what could not be evaluated is an unknown value, so that all complaints
 * are found at once.
 */
export function evaluate(expression: Expression, scope: Scope): Value {
  return scope.evaluate(expression, scope);
}

/** A scope with more names that hide outer ones. */
export function childScope(scope: Scope, variables: Iterable<readonly [string, Value]>): Scope {
  return { ...scope, variables: new Map(variables), parent: scope };
}

/** The same scope with its own list of complaints, for attempts. */
export function attemptScope(scope: Scope): Scope {
  return { ...scope, diagnostics: [] };
}

/** The value of a name, from the innermost scope that has it; undefined when none does. */
export function findVariable(scope: Scope, name: string): Value | undefined {
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    const value = at.variables.get(name);
    if (value) return value;
  }
  return undefined;
}

/** All names in the scope, for suggestions. */
export function namesIn(scope: Scope): readonly string[] {
  const names: string[] = [];
  for (let at: Scope | undefined = scope; at; at = at.parent) names.push(...at.variables.keys());
  return names;
}

/** What is said about an expression. */
export interface EvaluationProblem {
  readonly code: string;
  readonly summary: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly range: Range;
}

/** Records an error. Returns the unknown value that stands for the result. */
export function complain(scope: Scope, complaint: EvaluationProblem, type: Type = DYNAMIC): UnknownValue {
  scope.diagnostics.push({ severity: "error", ...complaint });
  return unknownValue(type);
}

/** The message of an error as a sentence. */
export function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

/** `Did you mean "x"?`, or undefined. */
export function didYouMean(name: string | undefined): string | undefined {
  return name === undefined ? undefined : `Did you mean "${name}"?`;
}
