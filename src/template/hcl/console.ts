import type { Diagnostic } from "../../core/diagnostics.js";
import type { LookupRequest, Lookups } from "../lookups.js";
import type { TemplateInputs } from "../template.js";
import { formatVisibly } from "../values/print.js";
import { derivedSecretsOf } from "../values/value.js";
import { evaluateWithin } from "./evaluate/within-budget.js";
import { openHclTemplate } from "./load.js";
import { fullScope } from "./reading.js";
import { parseExpression } from "./syntax/parse.js";

/** The result of one line of `bake-ami console`. */
export interface ConsoleResult {
  /** Undefined when there was an error. */
  readonly text: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Values to mask before the text is printed. */
  readonly secrets: readonly string[];
  /** Lookups to run before the line is evaluated again. */
  readonly pending: readonly LookupRequest[];
}

/** Evaluates one expression against a template (Packer §7.1 `console`). Returns only the diagnostics of the expression. */
export function evaluateConsole(text: string, inputs: TemplateInputs, lookups: Lookups): ConsoleResult {
  const { reading, names } = openHclTemplate(inputs, lookups);
  const source = { file: "<console>", text };
  const parsed = parseExpression(source);
  const diagnostics = [...parsed.diagnostics];
  if (diagnostics.some((d) => d.severity === "error"))
    return { text: undefined, diagnostics, secrets: [], pending: [] };
  const budget = reading.budget.fresh();
  const value = budget.run(() =>
    evaluateWithin(parsed.expression, fullScope(reading, names, { ...reading, diagnostics, budget })),
  );
  const failed = diagnostics.some((d) => d.severity === "error");
  const secrets = [...reading.secrets, ...derivedSecretsOf(value)];
  return { text: failed ? undefined : formatVisibly(value), diagnostics, secrets, pending: reading.pending() };
}
