import { type ArtifactName, parseArtifact } from "../../core/artifact-name.js";
import type { Diagnostic } from "../../core/diagnostics.js";
import { parseAccount, parseRegion, splitList } from "../../core/request-values.js";
import type { RequestedRetention } from "../../core/retention.js";
import { type RoleInputs, readRole } from "./inputs.js";
import { type InputReader, inputReader } from "./reader.js";
import { readRetention } from "./retention.js";

/** Inputs of `promote/action.yml`; `artifact` is undefined for a rollback. */
export interface PromoteInputs {
  readonly parameter: string;
  readonly artifact: ArtifactName | undefined;
  readonly label: string | undefined;
  readonly launchTemplate: string | undefined;
  readonly sharedWith: readonly string[];
  /** Which older images stay after a promotion; undefined removes none. */
  readonly retention: RequestedRetention | undefined;
  readonly regions: readonly string[];
  readonly region: string | undefined;
  readonly role: RoleInputs | undefined;
}

/** Names of the inputs, in the order of `promote/action.yml`. */
export const PROMOTE_INPUTS = [
  "parameter",
  "artifact",
  "rollback",
  "label",
  "launch-template",
  "shared-with",
  "keep",
  "keep-days",
  "disable-first",
  "keep-names",
  "regions",
  "aws-region",
  "role-to-assume",
  "role-session-name",
  "role-session-policy",
  "audience",
] as const;

/** Reads the inputs of a promotion; all that is wrong is told at once. */
export function readPromoteInputs(
  env: Readonly<Record<string, string | undefined>>,
):
  | { readonly ok: true; readonly inputs: PromoteInputs }
  | { readonly ok: false; readonly complaints: readonly Diagnostic[] } {
  const reader = inputReader(env);
  const inputs: PromoteInputs = {
    parameter: reader.required("parameter", "/images/web/latest"),
    artifact: readArtifact(reader),
    label: reader.text("label"),
    launchTemplate: reader.text("launch-template"),
    sharedWith: reader.list("shared-with", splitList, parseAccount),
    retention: readPromotedRetention(reader),
    regions: [...new Set(reader.list("regions", splitList, parseRegion))],
    region: reader.parsed("aws-region", parseRegion),
    role: readRole(reader),
  };
  return reader.complaints.length > 0 ? { ok: false, complaints: reader.complaints } : { ok: true, inputs };
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
