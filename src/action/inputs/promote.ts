import { type ArtifactName, parseArtifact } from "../../core/artifact-name.js";
import { parseAccount, splitList } from "../../core/request-values.js";
import type { RequestedRetention } from "../../core/retention.js";
import { type AccountInputs, accountInputs } from "./account.js";
import { type InputReader, inputReader, inputsUnless, type ReadInputs } from "./reader.js";
import { readRetention } from "./retention.js";
import { ACCOUNT_INPUTS, RETENTION_INPUTS } from "./table.js";

/** Inputs of `promote/action.yml`; `artifact` is undefined for a rollback. */
export interface PromoteInputs extends AccountInputs {
  readonly parameter: string;
  readonly artifact: ArtifactName | undefined;
  readonly label: string | undefined;
  readonly launchTemplate: string | undefined;
  readonly sharedWith: readonly string[];
  /** Which older images stay after a promotion; undefined removes none. */
  readonly retention: RequestedRetention | undefined;
}

/** Names of the inputs, in the order of `promote/action.yml`. */
export const PROMOTE_INPUTS = [
  "parameter",
  "artifact",
  "rollback",
  "label",
  "launch-template",
  "shared-with",
  ...RETENTION_INPUTS,
  ...ACCOUNT_INPUTS,
] as const;

/** Reads the inputs of a promotion; all that is wrong is told at once. */
export function readPromoteInputs(env: Readonly<Record<string, string | undefined>>): ReadInputs<PromoteInputs> {
  const reader = inputReader(env);
  const inputs: PromoteInputs = {
    parameter: reader.required("parameter", "/images/web/latest"),
    artifact: readArtifact(reader),
    label: reader.text("label"),
    launchTemplate: reader.text("launch-template"),
    sharedWith: reader.list("shared-with", splitList, parseAccount),
    retention: readPromotedRetention(reader),
    ...accountInputs(reader),
  };
  return inputsUnless(reader.complaints, inputs);
}

/** After a rollback the newest images may be the bad ones: none of the older ones goes then. */
function readPromotedRetention(reader: InputReader): RequestedRetention | undefined {
  if (!/^true$/i.test(reader.text("rollback") ?? "")) return readRetention(reader);
  for (const input of ["keep", "keep-days"] as const) {
    reader.parsed(input, () => ({ complaint: "cannot be given together with rollback, which removes nothing" }));
  }
  return undefined;
}

/** An artifact and a rollback exclude each other; one of them must be asked for. */
function readArtifact(reader: InputReader): ArtifactName | undefined {
  if (!reader.flag("rollback")) {
    reader.required("artifact", "${{ steps.bake.outputs.artifact-id }}");
    return reader.parsed("artifact", parseArtifact);
  }
  reader.parsed("artifact", () => ({
    complaint: "cannot be given together with rollback",
    hint: "A rollback goes to what the parameter named before: leave out one of the two.",
  }));
  return undefined;
}
