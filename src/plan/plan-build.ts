import { type Diagnostic, hasErrors } from "../core/diagnostics.js";
import { BUILD_DATA_KEYS } from "../core/late.js";
import type { CheckContext } from "../options/schema.js";
import type { BuildTemplate, PartTemplate, PostProcessorTemplate } from "../template/template.js";
import type { Catalog } from "./kinds.js";
import type { BuildPlan, PostProcessorPlan, ProvisionerPlan, ReadyBuild } from "./plan.js";
import { decodePart, findKind, type PartSetting, type PlannedPart, preparePart } from "./plan-part.js";
import { planProvisioner } from "./plan-provisioner.js";

/** Result of planning one build; `build` is undefined after an error. */
export interface PlannedBuild {
  readonly build: BuildPlan | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly secrets: readonly string[];
}

/** Codes of warnings that make a build fail when it is run. */
const REFUSALS = new Set([
  "unsupported-option",
  "unsupported-kind",
  "unusable-option",
  "machine-missing",
  "unix-missing",
]);

/** Plans one build: builder, provisioners, post-processors. */
export function planBuild(build: BuildTemplate, catalog: Catalog, checks: CheckContext): PlannedBuild {
  const found = findKind("builder", catalog.builders, build.builder, catalog);
  const kind = found.kind;
  const announced = [...BUILD_DATA_KEYS, ...(kind?.generatedData ?? [])];
  const setting: PartSetting = { build, catalog, checks, announced };
  // As in Packer, the builder itself has no `build.X`: it makes these values.
  const builder = kind && decodePart(build.builder.options(undefined), kind.schema, { ...setting, announced: [] });
  const facts = kind && builder?.value !== undefined ? kind.facts(builder.value, builder.place) : undefined;
  const provisioners = build.provisioners.map((part) =>
    withMachine(planProvisioner(part, setting), part, facts?.communicator),
  );
  const cleanup = build.errorCleanup ? planProvisioner(build.errorCleanup, setting) : undefined;
  const pipelines = build.postProcessors.map((pipeline) => pipeline.map((part) => planPostProcessor(part, setting)));
  const parts = [...provisioners, ...(cleanup ? [cleanup] : []), ...pipelines.flat()];
  const diagnostics = [found, ...(builder ? [builder] : []), ...parts].flatMap((each) => each.diagnostics);
  const secrets = [...(builder?.secrets ?? []), ...parts.flatMap((part) => part.secrets)];
  if (hasErrors(diagnostics)) return { build: undefined, diagnostics, secrets };
  const { name, shortName, sourceName } = build;
  const identity = { name, shortName, sourceName, builderType: build.builder.type };
  const { range } = build.builder;
  const refusals = diagnostics.filter(({ code }) => REFUSALS.has(code));
  const makesImages = kind?.makesImages ?? found.refused?.makesImages ?? false;
  if (!kind || !builder || !facts || refusals.length > 0) {
    const errors = refusals.map((each): Diagnostic => ({ ...each, severity: "error" }));
    return { build: { state: "refused", identity, makesImages, range, diagnostics: errors }, diagnostics, secrets };
  }
  const ready: ReadyBuild = {
    state: "ready",
    identity,
    makesImages,
    kind,
    facts,
    options: builder.value,
    range,
    place: builder.place,
    provisioners: plansOf(provisioners),
    errorCleanup: cleanup?.plan,
    postProcessors: pipelines.map(plansOf),
  };
  return { build: ready, diagnostics, secrets };
}

function plansOf<Plan extends ProvisionerPlan | PostProcessorPlan>(
  parts: readonly PlannedPart<Plan>[],
): readonly Plan[] {
  return parts.flatMap(({ plan }) => plan ?? []);
}

/**
 * Adds a warning to a remote provisioner that cannot run with the communicator: with `none`, where Packer only waits for its timeout
 * (Packer §1.6), and to one for Unix with `winrm`, where Packer sends Windows commands that it does not have.
 */
function withMachine(
  planned: PlannedPart<ProvisionerPlan>,
  part: PartTemplate,
  communicator: string | undefined,
): PlannedPart<ProvisionerPlan> {
  const facts = planned.plan?.kind.facts;
  const add = (code: string, summary: string, hint: string): PlannedPart<ProvisionerPlan> => {
    const complaint: Diagnostic = { severity: "warning", code, summary, hint, range: part.typeRange };
    return { ...planned, diagnostics: [...planned.diagnostics, complaint] };
  };
  if (communicator === "none" && facts?.needsMachine) {
    return add(
      "machine-missing",
      `Provisioner "${part.type}" needs a machine, but "communicator" is "none"; the build fails`,
      'Exclude this build from the provisioner with "except", or set "communicator" to another value.',
    );
  }
  if (communicator === "winrm" && facts?.needsUnix) {
    return add(
      "unix-missing",
      `Provisioner "${part.type}" runs commands of Unix, but "communicator" is "winrm"; the build fails`,
      'Use powershell or windows-shell, or exclude this build from the provisioner with "except".',
    );
  }
  return planned;
}

/** Plans a post-processor. Its options are decoded with placeholders for build data (Packer §1.8). */
function planPostProcessor(part: PostProcessorTemplate, setting: PartSetting): PlannedPart<PostProcessorPlan> {
  const { catalog } = setting;
  const { kind, diagnostics } = findKind("post-processor", catalog.postProcessors, part, catalog);
  if (!kind) return { plan: undefined, diagnostics, secrets: [] };
  const own = decodePart(part.options(undefined), kind.schema, setting);
  const plan: PostProcessorPlan = {
    kind,
    name: part.name,
    range: part.range,
    keepInputArtifact: part.keepInputArtifact,
    prepare: preparePart(part, kind.schema, setting),
  };
  return { plan, diagnostics: own.diagnostics, secrets: own.secrets };
}
