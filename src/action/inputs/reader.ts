import type { Diagnostic } from "../../core/diagnostics.js";
import type { ActionName, InputValues, RequestTable } from "../../engine/requests/entry.js";
import { entriesOfAction } from "../../engine/requests/listing.js";
import { type ReadValues, readValues, textNode } from "../../engine/requests/read.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** The inputs, or everything that is wrong with them. */
export type ReadInputs<Inputs> =
  | { readonly ok: true; readonly inputs: Inputs }
  | { readonly ok: false; readonly complaints: readonly Diagnostic[] };

/** The inputs, unless there are complaints. */
export function inputsUnless<Inputs>(complaints: readonly Diagnostic[], inputs: Inputs): ReadInputs<Inputs> {
  return complaints.length > 0 ? { ok: false, complaints } : { ok: true, inputs };
}

/** Reads the inputs of an action from the runner's environment, all that a table gives it; an empty input is not given. */
export function readActionInputs<R extends RequestTable, A extends ActionName>(
  table: R,
  action: A,
  env: Environment,
): ReadValues<InputValues<R, A>> {
  const taken = entriesOfAction(table, action);
  const texts = Object.entries(taken).flatMap(([key, { input }]) => {
    const text = input && inputText(env, input.name);
    return text ? [[key, textNode(text)] as const] : [];
  });
  return readValues(taken, new Map(texts), {
    language: "input",
    subject: (key) => `the input ${taken[key]?.input?.name ?? key}`,
    hintForMissing: (key) => {
      const input = taken[key]?.input;
      return input?.example && `Give it under "with:", for example ${input.name}: ${input.example}`;
    },
  });
}

/** Inputs as the runner passes them: `INPUT_` and the name in upper case, spaces as underscores; hyphens stay. */
function inputText(env: Environment, name: string): string {
  return (env[`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`] ?? "").trim();
}
