import { onLocalCloud } from "../../engine/request.js";
import { REQUESTS } from "../../engine/requests/table.js";
import { type ActionInputs, readInputs } from "./inputs.js";
import { type ReadInputs, readActionInputs } from "./reader.js";

/** The valid inputs of `plan/action.yml`: those of the bake that it plans. */
export interface PlanInputs extends ActionInputs {
  /** Whether the plan compares with the local cloud. */
  readonly local: boolean;
}

/** Reads the inputs of a plan; `working-directory` is relative to `workspace`. Returns all errors together. */
export function readPlanInputs(
  env: Readonly<Record<string, string | undefined>>,
  workspace: string,
): ReadInputs<PlanInputs> {
  const own = readActionInputs({ local: REQUESTS.local }, "plan", env);
  const { local } = own.values;
  const read = readInputs(env, workspace, local);
  const complaints = [...own.complaints, ...(read.ok ? [] : read.complaints)];
  if (!read.ok || complaints.length > 0) return { ok: false, complaints };
  const { request } = read.inputs;
  if (!local) return { ...read, inputs: { ...read.inputs, local } };
  // The local cloud has credentials of its own.
  return { ...read, inputs: { ...read.inputs, local, role: undefined, request: onLocalCloud(request) } };
}
