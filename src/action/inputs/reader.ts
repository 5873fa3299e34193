import type { Diagnostic } from "../../core/diagnostics.js";
import type { ActionName, InputValues, RequestTable } from "../../engine/requests/entry.js";
import { entriesOfAction } from "../../engine/requests/listing.js";
import { type ReadValues, readValues, textNode } from "../../engine/requests/read.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** The inputs, or the errors in them. */
export type ReadInputs<Inputs> =
  | { readonly ok: true; readonly inputs: Inputs; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly complaints: readonly Diagnostic[] };

/** Returns the inputs if there are no errors. */
export function inputsUnless<Inputs>(
  { complaints, warnings }: Pick<ReadValues<unknown>, "complaints" | "warnings">,
  inputs: Inputs,
): ReadInputs<Inputs> {
  return complaints.length > 0 ? { ok: false, complaints } : { ok: true, inputs, warnings };
}

/** Reads the inputs of an action from the environment of the runner. An empty input counts as not set. */
export function readActionInputs<R extends RequestTable, A extends ActionName>(
  table: R,
  action: A,
  env: Environment,
): ReadValues<InputValues<R, A>> {
  const entries = entriesOfAction(table, action);
  const texts = Object.entries(entries).flatMap(([key, { input }]) => {
    const text = input && inputText(env, input.name);
    return text ? [[key, textNode(text)] as const] : [];
  });
  return readValues(entries, new Map(texts), {
    language: "input",
    nameOf: (key) => entries[key]?.input?.name ?? key,
    hintForMissing: (key) => {
      const input = entries[key]?.input;
      return input?.example && `Set it under "with:", for example "${input.name}: ${input.example}".`;
    },
  });
}

/** Returns an input as the runner passes it: `INPUT_` and the name in upper case, with underscores for spaces; hyphens stay. */
function inputText(env: Environment, name: string): string {
  return (env[`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`] ?? "").trim();
}
