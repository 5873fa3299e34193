import type { Diagnostic } from "./diagnostics.js";
import { fileErrorText, thrownText } from "./file-error.js";
import { formatPlace, type Range } from "./source.js";

export interface BakeErrorOptions {
  /** Stable kebab-case name, e.g. `source-ami-not-found`. */
  readonly code: string;
  /** What to do next, as an imperative sentence. */
  readonly hint?: string | undefined;
  /** More lines about what happened, e.g. the last output of a script; free of control characters. */
  readonly detail?: string | undefined;
  /** Place in the template. */
  readonly range?: Range | undefined;
  /** ID of the affected resource, e.g. `i-0abc`. */
  readonly resource?: string | undefined;
  /** Region of the resource. */
  readonly region?: string | undefined;
  readonly cause?: unknown;
}

/** An error to report to the user: what happened, where, what to do next. */
export class BakeError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly detail: string | undefined;
  /** Set by `withRange` where the thrower does not know it. */
  range: Range | undefined;
  readonly resource: string | undefined;
  readonly region: string | undefined;

  constructor(message: string, options: BakeErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "BakeError";
    this.code = options.code;
    this.hint = options.hint;
    this.detail = options.detail;
    this.range = options.range;
    this.resource = options.resource;
    this.region = options.region;
  }
}

/** Sets the place of a `BakeError` that has none. Returns anything else unchanged. */
export function withRange(error: unknown, range: Range | undefined): unknown {
  if (error instanceof BakeError && error.range === undefined) error.range = range;
  return error;
}

/** The run was cancelled by a signal or by the timeout of the whole run. */
export class Cancelled extends Error {
  constructor(message = "cancelled") {
    super(message);
    this.name = "Cancelled";
  }
}

/** The template has errors; thrown where no plan can be made. */
export class InvalidTemplate extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    const first = diagnostics.find((d) => d.severity === "error");
    super(first ? `${first.range ? `${formatPlace(first.range)}: ` : ""}${first.summary}` : "Invalid template");
    this.name = "InvalidTemplate";
    this.diagnostics = diagnostics;
  }
}

/** Returns the message of anything thrown, without a stack; of an error of the file system, its reason and path in words. */
export function messageOf(error: unknown): string {
  return fileErrorText(error) ?? thrownText(error);
}

function whereOf({ resource, region }: BakeError): readonly string[] {
  if (resource !== undefined) return [`Resource: ${resource}${region === undefined ? "" : ` in ${region}`}`];
  return region === undefined ? [] : [`Region: ${region}`];
}

/** Converts an error to a diagnostic, so that both are rendered the same way. */
export function toDiagnostic(error: unknown): Diagnostic {
  if (!(error instanceof BakeError)) return { severity: "error", code: "internal", summary: internalSummary(error) };
  const detail = [...whereOf(error), ...(error.detail ? [error.detail] : [])].join("\n");
  return {
    severity: "error",
    code: error.code,
    summary: error.message,
    detail: detail || undefined,
    hint: error.hint || undefined,
    range: error.range,
  };
}

function internalSummary(error: unknown): string {
  const text = messageOf(error);
  return fileErrorText(error) === undefined ? text : text.charAt(0).toUpperCase() + text.slice(1);
}
