import type { Diagnostic } from "../core/diagnostics.js";
import type { BuildPreview, PlanPreview, RegionPreview } from "../core/preview.js";

/** Version of the document. A new field changes the second number, a field that is removed or has another meaning the first. */
const FORMAT_VERSION = "1.0";

/** Facts of a plan that are not in its builds. */
export interface PlanJsonFacts {
  /** As the user gave it. */
  readonly template: string;
  /** The image series. */
  readonly image: string;
  /** Warnings and errors of the template. */
  readonly problems: readonly Diagnostic[];
}

/**
 * Returns a plan as the JSON document of `bake-ami plan -json` and of the output `plan` (docs/plan.md): one value, with all fields in
 * every object. What is not known or does not exist is `null`. Without a plan, because the template has errors, `builds` is empty.
 */
export function planDocument(plan: PlanPreview | undefined, { template, image, problems }: PlanJsonFacts): object {
  return {
    format_version: FORMAT_VERSION,
    template,
    image,
    account: plan?.account ?? null,
    changes: plan?.changes ?? null,
    builds: (plan?.builds ?? []).map(buildObject),
    problems: problems.map(problemObject),
  };
}

function buildObject(build: BuildPreview): object {
  const { identity, source } = build;
  return {
    name: identity.name,
    builder: identity.builderType,
    decision: build.decision,
    reason: build.reason,
    changes: build.changes.map(({ what, from, to }) => ({ what, from: from ?? null, to: to ?? null })),
    image_name: build.imageName ?? null,
    existing_ami: build.existing ?? null,
    source_ami: source ? { id: source.imageId, name: source.name, creation_date: source.createdAt } : null,
    regions: build.regions.map(regionObject),
    not_looked_up: build.notLookedUp,
    known_later: build.knownLater,
    problems: build.problems.map(problemObject),
  };
}

function regionObject({ region, image, parameter, replaces, removes, disables }: RegionPreview): object {
  return {
    region,
    ami: image,
    parameter: parameter
      ? {
          name: parameter.name,
          from: parameter.from ?? null,
          from_known: parameter.isRead,
          to: parameter.to ?? null,
        }
      : null,
    replaces,
    removes,
    disables,
  };
}

function problemObject({ severity, code, summary, detail, hint, range }: Diagnostic): object {
  return {
    severity,
    code,
    summary,
    detail: detail ?? null,
    hint: hint ?? null,
    file: range?.file ?? null,
    line: range?.start.line ?? null,
    column: range?.start.column ?? null,
  };
}
