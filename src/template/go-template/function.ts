import type { GoValue } from "./values.js";

/** What a parameter accepts; `any` accepts everything, a missing field too. */
export type ParameterType = "string" | "int" | "any";

/** What checking literal arguments found, before anything is rendered. */
export interface Finding {
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly summary: string;
  readonly hint?: string | undefined;
}

/** A function that Go-template text may call. Arguments are checked against the parameters before `run`. */
export interface TextFunction {
  readonly parameters: readonly ParameterType[];
  /** Type of any number of further arguments. */
  readonly rest?: ParameterType | undefined;
  /** Parameters at the end that may be left out. */
  readonly optional?: number | undefined;
  /** Throws `TextFailure`. */
  readonly run: (values: readonly GoValue[]) => GoValue;
  /**
   * Called once per call when the text is compiled, with the arguments that are literals (others are undefined): reports what is
   * certain to fail, and warns.
   */
  readonly check?: (values: readonly (GoValue | undefined)[]) => Finding | undefined;
}

/** Functions by name. */
export type TextFunctions = ReadonlyMap<string, TextFunction>;

/** A function or an action could not do what the text asks; becomes a diagnostic with the place of the call. */
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
