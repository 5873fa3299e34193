import type { AmiArtifact, Artifact, WrittenFile } from "../core/artifact.js";
import type { Diagnostic } from "../core/diagnostics.js";
import type { BakeEvent, Listener, Outcome } from "../core/events.js";
import type { ImageTestReport } from "../core/image-tests.js";
import type { PackageReport } from "../core/packages.js";
import type { RetentionReport } from "../core/retention.js";
import type { Redactor } from "../core/secrets/redactor.js";
import type { SourceText } from "../core/source.js";
import { redactDeep, redactEvent } from "./redact.js";
import { type Wording, wording } from "./wording.js";

/** Last lines of a build's output that are kept for the report of a failure. */
const TAIL_LINES = 40;

/** A step of a build. Times in milliseconds since the epoch; `endedAt` and `outcome` are undefined while it runs. */
export interface StepReport {
  readonly step: string;
  readonly title: string;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  readonly outcome: Outcome | undefined;
}

export interface ParameterReport {
  readonly region: string;
  readonly parameter: string;
  readonly imageId: string;
  readonly version: number;
}

/** A resource that the run did not remove: on purpose (`kept`), or because removal failed (`left`). */
export interface RemainingReport {
  readonly action: "kept" | "left";
  readonly kind: string;
  readonly id: string;
  readonly region: string | undefined;
  readonly why: string | undefined;
}

/** How a build connects to its instance, and why. */
export interface AccessReport {
  readonly way: string;
  readonly why: string;
}

export interface BuildReport {
  readonly name: string;
  readonly builder: string;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  /** Undefined while it runs or before it starts. */
  readonly outcome: Outcome | undefined;
  readonly artifacts: readonly Artifact[];
  readonly error: Diagnostic | undefined;
  readonly warnings: readonly Diagnostic[];
  /** With `access: auto`. */
  readonly access: AccessReport | undefined;
  readonly steps: readonly StepReport[];
  readonly parameters: readonly ParameterReport[];
  /** Files that post-processors wrote, in order. */
  readonly files: readonly WrittenFile[];
  readonly remaining: readonly RemainingReport[];
  /** The packages of the image, if they are known. */
  readonly packages: PackageReport | undefined;
  /** The tests of the image, if they ended. */
  readonly tests: ImageTestReport | undefined;
  /** Results for older images: of `keep`, and of each post-processor that removes some. */
  readonly retention: readonly RetentionReport[];
  /** Last lines of command output. Untrusted text. */
  readonly tail: readonly string[];
}

/** A bake as one value, for every renderer. */
export interface BakeReport {
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly outcome: Outcome | undefined;
  /** In template order. */
  readonly builds: readonly BuildReport[];
  /** Diagnostics that belong to no build. */
  readonly diagnostics: readonly Diagnostic[];
}

/** The report before the first event. */
export const EMPTY_REPORT: BakeReport = {
  startedAt: undefined,
  endedAt: undefined,
  outcome: undefined,
  builds: [],
  diagnostics: [],
};

/** The report after one more event. */
export function withEvent(report: BakeReport, event: BakeEvent): BakeReport {
  switch (event.type) {
    case "bake-started":
      return {
        ...report,
        startedAt: event.at,
        builds: event.builds.map(({ name, builder }) => newBuild(name, builder)),
      };
    case "bake-ended":
      return { ...report, endedAt: event.at, outcome: event.outcome };
    case "diagnostic":
      if (event.build === undefined) return { ...report, diagnostics: [...report.diagnostics, event.diagnostic] };
      break;
    case "progress":
    case "secret":
      return report;
    default:
  }
  if (event.build === undefined) return report;
  return { ...report, builds: report.builds.map((b) => (b.name === event.build ? buildWithEvent(b, event) : b)) };
}

/** The report of all events. */
export function reportFrom(events: Iterable<BakeEvent>): BakeReport {
  let report = EMPTY_REPORT;
  for (const event of events) report = withEvent(report, event);
  return report;
}

function newBuild(name: string, builder: string): BuildReport {
  return {
    name,
    builder,
    startedAt: undefined,
    endedAt: undefined,
    outcome: undefined,
    artifacts: [],
    error: undefined,
    warnings: [],
    access: undefined,
    steps: [],
    parameters: [],
    files: [],
    remaining: [],
    packages: undefined,
    tests: undefined,
    retention: [],
    tail: [],
  };
}

function buildWithEvent(build: BuildReport, event: BakeEvent): BuildReport {
  switch (event.type) {
    case "build-started":
      return { ...build, startedAt: event.at };
    case "step-started": {
      const { step, title } = event;
      const started = { step, title, startedAt: event.at, endedAt: undefined, outcome: undefined };
      return { ...build, steps: [...build.steps, started] };
    }
    case "step-ended":
      return { ...build, steps: endStep(build.steps, event.step, event.at, event.outcome) };
    case "access":
      return { ...build, access: { way: event.way, why: event.why } };
    case "output":
      return { ...build, tail: [...build.tail, event.text].slice(-TAIL_LINES) };
    case "diagnostic":
      return { ...build, warnings: [...build.warnings, event.diagnostic] };
    case "parameter-published": {
      const { region, parameter, imageId, version } = event;
      return { ...build, parameters: [...build.parameters, { region, parameter, imageId, version }] };
    }
    case "file-written":
      return { ...build, files: [...build.files, event.file] };
    case "packages":
      return { ...build, packages: event.packages };
    case "image-tested":
      return { ...build, tests: event.report };
    case "retention":
      return { ...build, retention: [...build.retention, event.retention] };
    case "resource":
      return { ...build, remaining: withResource(build.remaining, event) };
    case "build-ended":
      return {
        ...build,
        endedAt: event.at,
        outcome: event.outcome,
        artifacts: event.artifacts,
        error: event.error,
        steps: build.steps.map((s) =>
          s.endedAt === undefined ? { ...s, endedAt: event.at, outcome: event.outcome } : s,
        ),
      };
    default:
      return build;
  }
}

/** Ends the latest running step of that name. */
function endStep(steps: readonly StepReport[], step: string, at: number, outcome: Outcome): readonly StepReport[] {
  const index = steps.findLastIndex((s) => s.step === step && s.endedAt === undefined);
  return steps.map((s, i) => (i === index ? { ...s, endedAt: at, outcome } : s));
}

/** Lists a resource once, in its last state. A released resource is not listed. */
function withResource(
  remaining: readonly RemainingReport[],
  event: BakeEvent & { readonly type: "resource" },
): readonly RemainingReport[] {
  const { action, kind, id, region, why } = event;
  const others = remaining.filter((r) => r.id !== id || r.region !== region);
  return action === "kept" || action === "left" ? [...others, { action, kind, id, region, why }] : others;
}

/** The build's AMI artifact, if it created one. */
export function amiOf(build: BuildReport): AmiArtifact | undefined {
  return build.artifacts.find((artifact) => artifact.kind === "ami");
}

/** The run on GitHub that a report belongs to. */
export interface RunLinks {
  readonly url: string;
  readonly commit: string;
  readonly commitUrl: string;
  readonly label: string;
  /** For links to files at the commit: `blobUrl` is `https://…/blob/SHA`; the directories are absolute. */
  readonly checkout?:
    | { readonly blobUrl: string; readonly workspace: string; readonly workingDirectory: string }
    | undefined;
}

/** Facts of the run that are not in the events. Secrets are already redacted. */
export interface RunFacts {
  /** As the user gave it. */
  readonly template: string;
  readonly image: string;
  /** Input variables; the value is undefined if it is sensitive or not set. */
  readonly variables: readonly { readonly name: string; readonly value: string | undefined }[];
  /** For excerpts at errors. */
  readonly sources: readonly SourceText[];
  /** Baked on the local cloud: without links to AWS. */
  readonly rehearsal: boolean;
  /** Number of Windows instances whose commands and files were only recorded: nothing ran on them. */
  readonly recorded: number;
  /** Undefined outside GitHub. */
  readonly run: RunLinks | undefined;
  /** Milliseconds since the epoch, for ages. */
  readonly now: number;
}

/** Builds two reports from the events that it receives. */
export interface ReportCollector {
  readonly listener: Listener;
  /** With exact ids, for outputs. Only diagnostics and results of tests are redacted. */
  exact(): BakeReport;
  /** Redacted, for everything that people read. */
  redacted(): BakeReport;
}

/** Returns an empty collector. It adds secrets to `secrets`; diagnostics have the words of the front end. */
export function reportCollector(secrets: Redactor, words: Wording): ReportCollector {
  let exact = EMPTY_REPORT;
  let redacted = EMPTY_REPORT;
  return {
    listener: wording((event) => {
      if (event.type === "secret") secrets.add(event.value);
      exact = withEvent(exact, redactTexts(event, secrets));
      redacted = withEvent(redacted, redactEvent(event, secrets));
    }, words),
    exact: () => exact,
    redacted: () => redacted,
  };
}

function redactTexts(event: BakeEvent, secrets: Redactor): BakeEvent {
  if (event.type === "diagnostic") return { ...event, diagnostic: redactDeep(event.diagnostic, secrets) };
  if (event.type === "image-tested") {
    return { ...event, report: { ...event.report, instances: redactDeep(event.report.instances, secrets) } };
  }
  if (event.type !== "build-ended" || !event.error) return event;
  return { ...event, error: redactDeep(event.error, secrets) };
}
