import type { Diagnostic } from "../../core/diagnostics.js";
import { BakeError } from "../../core/errors.js";
import type { BuildData, Fields, LateText } from "../../core/late.js";
import type { Range } from "../../core/source.js";
import { type Attempt, type DecodeContext, PLACEHOLDER } from "../../options/context.js";
import type { StringNode } from "../../options/node.js";
import type { Budget } from "../budget.js";
import { type ParsedText, TextSyntaxError } from "./ast.js";
import { checkCalls, functionNames } from "./calls.js";
import { evaluateText, TextFault } from "./evaluate.js";
import type { TextFunctions } from "./function.js";
import { parseText } from "./parser.js";
import { goFields, restoreBraces } from "./values.js";

/** Functions and fields for Go-template text, by the language of the template, for one build at one moment. */
export interface TextEnvironment {
  readonly language: "json" | "hcl2";
  /** Usually `packerFunctions(…)`. Go's own functions (`eq`, `printf`, …) are always available. */
  readonly functions: TextFunctions;
  /** Value of `.` in text that is rendered at once. A missing field prints `<no value>`. */
  readonly fields: Fields | undefined;
  /** Called with each text that an action computes from a secret. */
  readonly onDerived: ((text: string) => void) | undefined;
  /** What rendering may use. Text that is rendered during the build has a fresh one each time. */
  readonly budget: Budget;
  /**
   * Returns the place of the characters [start, end) of a string's value in its file. Without it, or when it returns undefined,
   * diagnostics have the place of the whole string.
   */
  readonly locate: ((node: StringNode, start: number, end: number) => Range | undefined) | undefined;
}

/** Returns the context in which schemas render text (Packer §1.9). */
export function makeDecodeContext(environment: TextEnvironment): DecodeContext {
  return {
    language: environment.language,
    render: (node) => (node.literal ? { ok: true, value: node.value } : renderText(node, environment)),
    compile: (node) => (node.literal ? { ok: true, value: constantText(node.value) } : compileText(node, environment)),
  };
}

/** Renders text once, with the fields of the environment. `keep fields` leaves `{{ .Field }}` unchanged (Packer §1.3). */
export function renderText(
  node: StringNode,
  environment: TextEnvironment,
  keepFields: "keep fields" | "render fields" = "render fields",
): Attempt<string> {
  if (!node.value.includes("{{")) return { ok: true, value: node.value };
  return attempt(node, environment, () => {
    const parsed = parse(node.value, environment, keepFields === "keep fields");
    const { errors, warnings } = check(node, parsed, environment);
    if (errors.length > 0) return { ok: false, diagnostics: [...errors, ...warnings] };
    const value = restoreBraces(evaluateText(parsed, goFields(environment.fields ?? {}), environment));
    return { ok: true, value, warnings };
  });
}

/** Maximum number of passes over text whose result is template text again. */
const MAX_PASSES = 20;

function compileText(node: StringNode, environment: TextEnvironment): Attempt<LateText> {
  return attempt(node, environment, () => {
    const parsed = parse(node.value, environment);
    const { errors, warnings } = check(node, parsed, environment);
    if (errors.length > 0) return { ok: false, diagnostics: [...errors, ...warnings] };
    const value: LateText = {
      source: node.value,
      render: (fields) => renderLate(node, parsed, environment, fields),
    };
    return { ok: true, value, warnings };
  });
}

/** Returns late text without template parts. */
function constantText(text: string): LateText {
  return { source: text, render: () => text };
}

/**
 * Renders until nothing changes, since a user variable may contain template text (`"{{ .SourceAMI }}"`). The values of the
 * fields are never read as template text.
 */
function renderLate(node: StringNode, first: ParsedText, environment: TextEnvironment, fields: Fields): string {
  const data = goFields(fields);
  const budget = environment.budget.fresh();
  let parsed = first;
  let text = node.value;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    try {
      const next = evaluateText(parsed, data, { ...environment, budget });
      if (next === text || !next.includes("{{")) return restoreBraces(next);
      parsed = parse(next, environment);
      text = next;
    } catch (error) {
      throw lateError(error, node, pass === 0 ? environment : undefined);
    }
  }
  throw lateError(
    new TextSyntaxError("The template text never stops producing new template text", {
      start: 0,
      end: node.value.length,
    }),
    node,
    environment,
  );
}

function lateError(error: unknown, node: StringNode, environment: TextEnvironment | undefined): unknown {
  const diagnostic = toDiagnostic(error, node, environment);
  if (!diagnostic) return error;
  return new BakeError(diagnostic.summary, {
    code: diagnostic.code,
    range: diagnostic.range ?? node.range,
    cause: error,
    hint: diagnostic.hint,
  });
}

function parse(source: string, environment: TextEnvironment, keepFields = false): ParsedText {
  return parseText(source, functionNames(environment.functions), keepFields);
}

function check(node: StringNode, parsed: ParsedText, environment: TextEnvironment) {
  const findings = checkCalls(parsed, environment.functions).map(
    ({ start, end, ...finding }): Diagnostic => ({ ...finding, range: place(node, environment, start, end) }),
  );
  return {
    errors: findings.filter(({ severity }) => severity === "error"),
    warnings: findings.filter(({ severity }) => severity !== "error"),
  };
}

function attempt<T>(node: StringNode, environment: TextEnvironment, action: () => Attempt<T>): Attempt<T> {
  try {
    return action();
  } catch (error) {
    const diagnostic = toDiagnostic(error, node, environment);
    if (!diagnostic) throw error;
    return { ok: false, diagnostics: [diagnostic] };
  }
}

function toDiagnostic(
  error: unknown,
  node: StringNode,
  environment: TextEnvironment | undefined,
): Diagnostic | undefined {
  if (!(error instanceof TextSyntaxError || error instanceof TextFault)) return undefined;
  const { code, hint } = error instanceof TextFault ? error.failure : error;
  return {
    severity: "error",
    code,
    summary: error.message,
    range: environment ? place(node, environment, error.start, error.end) : node.range,
    hint,
  };
}

function place(node: StringNode, environment: TextEnvironment, start: number, end: number): Range {
  return environment.locate?.(node, start, end) ?? node.range;
}

/** Returns placeholders for the values of `{{ build "Host" }}` at plan time, when only the keys are known (Packer §1.11). */
export function announcedData(announced: readonly string[] | undefined): BuildData | undefined {
  return announced && Object.fromEntries(announced.map((key) => [key, PLACEHOLDER]));
}
