import { type Diagnostic, renderDiagnostic } from "../../core/diagnostics.js";
import type { BakeEvent } from "../../core/events.js";
import { plain, plainLine } from "../../core/plain.js";
import type { SourceText } from "../../core/source.js";
import { accessLine, packageLine } from "../phrases.js";
import { type BakeReport, EMPTY_REPORT, withEvent } from "../report.js";
import { type Paint, palette } from "./colour.js";
import { bakeEnding, buildEnding } from "./ending.js";
import { progressLine, progressPacer } from "./progress.js";
import { testsLines } from "./tests.js";

export interface StoryOptions {
  /** Whether lines are coloured. */
  readonly colour: boolean;
  /** Whether `NAME: output will be in this color.` is printed at the start: not with `-color=false` (Packer §7.2). */
  readonly introduce: boolean;
  /** `-timestamp-ui`: an RFC 3339 time before each line. */
  readonly timestamps: boolean;
  /** Milliseconds between two progress lines of one wait. */
  readonly progressInterval: number;
  /** Files for the excerpts of diagnostics. Undefined prints no diagnostics: they are annotations instead. */
  readonly sources: readonly SourceText[] | undefined;
}

/**
 * Returns a function that turns each event into lines, as Packer prints them (Packer §3.2, §7.2, appendix B). Events must be
 * redacted. Control characters are removed.
 */
export function consoleStory(options: StoryOptions): (event: BakeEvent) => readonly string[] {
  const paints = palette(options.colour);
  const due = progressPacer(options.progressInterval);
  const failing = new Set<string | undefined>();
  let report: BakeReport = EMPTY_REPORT;

  const prefixed = (event: BakeEvent, text: string, kind: "say" | "message", paint?: Paint) => {
    const index = report.builds.findIndex((build) => build.name === event.build);
    const chosen = paint ?? paints.build(Math.max(0, index), kind === "say" ? "bold" : "normal");
    return plain(text)
      .split("\n")
      .map((line) => chosen(`${stamp(event)}${prefix(event, kind)}${line}`));
  };
  const stamp = (event: BakeEvent) =>
    options.timestamps ? `${new Date(event.at).toISOString().replace(/\.\d+Z$/, "Z")}: ` : "";

  const linesOf = (event: BakeEvent): readonly string[] => {
    switch (event.type) {
      case "bake-started":
        return options.introduce ? introduction(report, paints.build) : [];
      case "say":
      case "message":
        return prefixed(event, event.text, event.type);
      case "output":
        return prefixed(event, event.text, event.stream === "stdout" ? "message" : "say");
      case "progress":
        return due(event) ? prefixed(event, progressLine(event), "message") : [];
      case "diagnostic":
        return diagnosed(event, event.diagnostic);
      case "resource":
        if (event.action === "releasing") return prefixed(event, releasingText(event), "say");
        if (event.action === "kept") return prefixed(event, resourceText("Kept", event), "message", paints.warning);
        return event.action === "left"
          ? prefixed(event, resourceText("Could not remove", event), "say", paints.error)
          : [];
      case "access":
        return prefixed(event, `Access: ${accessLine(event)}`, "say");
      case "packages":
        return packageLines(event);
      case "image-tested":
        return testsLines(event.report).flatMap(({ kind, tone, text }) =>
          prefixed(event, text, kind, tone === "error" ? paints.error : undefined),
        );
      case "build-failing":
        failing.add(event.build);
        return options.sources
          ? diagnosed(event, event.error)
          : prefixed(event, event.error.summary, "say", paints.error);
      case "build-ended":
        return endOfBuild(event);
      case "bake-ended":
        return bakeEnding(report).map(({ tone, text }) => (tone === "error" ? paints.error(text) : text));
      default:
        return [];
    }
  };

  const packageLines = (event: BakeEvent & { readonly type: "packages" }) => [
    ...prefixed(event, `Packages: ${packageLine(event.packages)}`, "say"),
    ...(event.packages.sbom === undefined
      ? []
      : prefixed(event, `Software bill of materials: ${event.packages.sbom}`, "message")),
  ];

  const diagnosed = (event: BakeEvent, diagnostic: Diagnostic) =>
    options.sources
      ? prefixed(event, renderDiagnostic(diagnostic, options.sources), "say", paints[paintOf(diagnostic)])
      : [];

  const endOfBuild = (event: BakeEvent & { readonly type: "build-ended" }): readonly string[] => {
    const news = event.error && event.outcome === "failed" && !failing.has(event.build);
    const reported = news && event.error ? diagnosed(event, event.error) : [];
    const build = report.builds.find((b) => b.name === event.build);
    if (!build) return reported;
    const { tone, text } = buildEnding(build);
    return [...reported, tone === "error" ? paints.error(stamp(event) + text) : stamp(event) + text];
  };

  return (event) => {
    report = withEvent(report, event);
    return linesOf(event);
  };
}

function introduction(
  report: BakeReport,
  paint: (index: number, weight: "bold" | "normal") => Paint,
): readonly string[] {
  if (report.builds.length === 0) return [];
  const lines = report.builds.map((build, index) =>
    paint(index, "bold")(`${plainLine(build.name)}: output will be in this color.`),
  );
  return [...lines, ""];
}

function prefix(event: BakeEvent, kind: "say" | "message"): string {
  const arrow = kind === "say" ? "==> " : "    ";
  const speaker = event.speaker === undefined ? "" : ` (${plainLine(event.speaker)})`;
  return event.build === undefined ? arrow : `${arrow}${plainLine(event.build)}${speaker}: `;
}

function paintOf(diagnostic: Diagnostic): "error" | "warning" {
  return diagnostic.severity === "error" ? "error" : "warning";
}

function resourceText(what: string, event: BakeEvent & { readonly type: "resource" }): string {
  const where = event.region ? ` in ${event.region}` : "";
  return `${what} the ${event.kind} ${event.id}${where}${event.why ? `: ${event.why}` : ""}`;
}

/** Lines for resources that are being released: Packer's lines if it has one (Packer §3.2). */
const RELEASING: Readonly<Record<string, (id: string) => string>> = {
  instance: () => "Terminating the source AWS instance...",
  "key-pair": () => "Deleting temporary keypair...",
  "security-group": () => "Deleting temporary security group...",
  volume: (id) => `Destroying volume (${id})...`,
  image: (id) => `Deregistering the AMI (${id}) and deleting its snapshots...`,
  "instance-profile": () => "Deleting temporary instance profile...",
  role: () => "Deleting temporary role...",
};

/** The line for a resource that is being released. */
export function releasingText({ kind, id }: { readonly kind: string; readonly id: string }): string {
  return RELEASING[kind]?.(id) ?? `Removing the ${kind} ${id}...`;
}
