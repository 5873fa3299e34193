import type { Budget } from "../budget.js";
import type { GoValue } from "./values.js";

/** Type that a parameter accepts. `any` accepts everything, a missing field too. */
export type ParameterType = "string" | "int" | "any";

/** Problem found in literal arguments, before anything is rendered. */
export interface Finding {
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly summary: string;
  readonly hint?: string | undefined;
}

/** A function that Go-template text may call. Arguments are checked against the parameters before `run`. */
export interface TextFunction {
  readonly parameters: readonly ParameterType[];
  /** Type of further arguments, of any number. */
  readonly rest?: ParameterType | undefined;
  /** Number of optional parameters at the end. */
  readonly optional?: number | undefined;
  /** Throws `TextFailure`. A function whose result is more than a small multiple of its arguments asks `budget` first. */
  readonly run: (values: readonly GoValue[], budget: Budget) => GoValue;
  /** Returns whether the result of `run` with these arguments is a secret. */
  readonly isSecret?: ((values: readonly GoValue[]) => boolean) | undefined;
  /**
   * Called once per call when the text is compiled, with the literal arguments (others are undefined). Returns an error for a call
   * that will fail, or a warning.
   */
  readonly check?: (values: readonly (GoValue | undefined)[]) => Finding | undefined;
}

/** Functions by name. */
export type TextFunctions = ReadonlyMap<string, TextFunction>;

/** Error of a function or an action. It becomes a diagnostic with the place of the call. */
export class TextFailure extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(message: string, more: { readonly code?: string | undefined; readonly hint?: string | undefined } = {}) {
    super(message);
    this.name = "TextFailure";
    this.code = more.code ?? "template-function-failed";
    this.hint = more.hint;
  }
}
