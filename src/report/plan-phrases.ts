import type { BuildPreview, PlanPreview, PreviewChange, PreviewDecision, RegionPreview } from "../core/preview.js";

/** What the bake would do with a build, as the beginning of a sentence. */
export const DECISION_WORDS: Readonly<Record<PreviewDecision, string>> = {
  bake: "Bake",
  reuse: "Reuse",
  resume: "Resume",
  wait: "Wait for another run",
  unknown: "Not known",
};

/** What a build would do and why, as a sentence without a final period: `Bake: changed since ami-1: script setup.sh`. */
export function decisionText({ decision, reason }: Pick<BuildPreview, "decision" | "reason">): string {
  return reason === "" ? DECISION_WORDS[decision] : `${DECISION_WORDS[decision]}: ${reason}`;
}

/** A changed input on one line: `source AMI: ami-1 → ami-2`, or only its name where no value is known. */
export function changeText({ what, from, to }: PreviewChange): string {
  if (from === undefined && to === undefined) return what;
  if (from === undefined) return `${what}: ${to}`;
  return `${what}: ${from} → ${to ?? "removed"}`;
}

/** The parameter of a Region before and after the bake. */
export type PreviewedParameter = NonNullable<RegionPreview["parameter"]>;

/** The texts for both sides of a parameter. */
export interface ParameterSides {
  readonly from: string;
  /** `new AMI` if the image does not exist yet; undefined if the parameter does not change. */
  readonly to: string | undefined;
}

/** Returns what a parameter names now, and what it would name. */
export function parameterSides({ from, isRead, to }: PreviewedParameter, decision: PreviewDecision): ParameterSides {
  const before = isRead ? (from ?? "none") : "not known";
  if (decision === "unknown") return { from: before, to: "not known" };
  if (to !== undefined && to === from && isRead) return { from: before, to: undefined };
  return { from: before, to: to ?? "new AMI" };
}

/** A parameter on one line: `ami-1 → new AMI`, `ami-1 (unchanged)`. */
export function parameterText(parameter: PreviewedParameter, decision: PreviewDecision): string {
  const { from, to } = parameterSides(parameter, decision);
  return to === undefined ? `${from} (unchanged)` : `${from} → ${to}`;
}

/** The numbers of a plan. Builds whose decision is unknown only count as unknown. */
export interface PlanCounts {
  readonly builds: Readonly<Record<PreviewDecision, number>>;
  /** Copies of AMIs that are reused or resumed; a new AMI is copied in any case. */
  readonly copies: number;
  /** Parameters that would be set to another AMI. */
  readonly parameters: number;
  /** AMIs that a new one of the same name replaces. */
  readonly replaced: number;
  /** Older AMIs that retention removes. */
  readonly removed: number;
  /** Older AMIs that retention disables first. */
  readonly disabled: number;
}

/** Whether copies of an AMI that exists are made: those of a new AMI are part of it, and another run makes its own. */
const isKept = (decision: PreviewDecision) => decision === "reuse" || decision === "resume";

/** Returns the numbers of a plan. */
export function planCounts({ builds }: Pick<PlanPreview, "builds">): PlanCounts {
  const known = builds.filter(({ decision }) => decision !== "unknown");
  const regions = known.flatMap((build) => build.regions.map((region) => ({ ...region, decision: build.decision })));
  const count = (decision: PreviewDecision) => builds.filter((build) => build.decision === decision).length;
  return {
    builds: {
      bake: count("bake"),
      reuse: count("reuse"),
      resume: count("resume"),
      wait: count("wait"),
      unknown: count("unknown"),
    },
    copies: regions.filter(({ image, decision }) => image === "copy" && isKept(decision)).length,
    parameters: regions.filter(({ parameter, decision }) => parameter && parameterSides(parameter, decision).to).length,
    replaced: regions.reduce((sum, { replaces }) => sum + replaces.length, 0),
    removed: regions.reduce((sum, { removes }) => sum + removes.length, 0),
    disabled: regions.reduce((sum, { disables }) => sum + disables.length, 0),
  };
}

/** The plan on one line, without a final period: `1 build to bake, 1 to reuse; 6 parameters to set`; `Nothing to do` without changes. */
export function planLine(plan: Pick<PlanPreview, "builds" | "changes">): string {
  if (!plan.changes) return "Nothing to do";
  const { builds, copies, parameters, replaced, removed, disabled } = planCounts(plan);
  const decisions = [
    [builds.bake, "to bake"],
    [builds.resume, "to resume"],
    [builds.wait, "waiting for another run"],
    [builds.reuse, "to reuse"],
    [builds.unknown, "not known"],
  ] as const;
  const shown = decisions
    .filter(([number]) => number > 0)
    .map(([number, what], index) => `${index > 0 ? number : counted(number, "build")} ${what}`);
  const effects = [
    [copies, "copy", "to make"],
    [parameters, "parameter", "to set"],
    [replaced, "AMI", "to replace"],
    [removed, "older AMI", "to remove"],
    [disabled, "older AMI", "to disable"],
  ] as const;
  const others = effects
    .filter(([number]) => number > 0)
    .map(([number, what, verb]) => `${counted(number, what)} ${verb}`);
  return [shown.join(", "), others.join(", ")].filter((text) => text !== "").join("; ");
}

function counted(number: number, what: string): string {
  if (number === 1) return `1 ${what}`;
  return `${number} ${what.endsWith("y") ? `${what.slice(0, -1)}ies` : `${what}s`}`;
}
