import type { Diagnostic } from "../../core/diagnostics.js";
import { type MovedPointer, writtenText } from "../phrases.js";
import type { RemainingReport } from "../report.js";
import { imageUrl, parameterUrl } from "./console-links.js";
import { code, message, prose } from "./escape.js";
import { type DiagnosticContext, diagnosticMarkdown } from "./failures.js";
import { anchor, idCell, longTable, nameCell } from "./html.js";
import { remainingTable } from "./sections.js";

/** The summary of a failed step: each error with its hint and, if it has a place, a link and an excerpt. `what` failed: names in double quotes become code spans. */
export function failedSummary(
  errors: readonly Diagnostic[],
  { what, ...context }: Partial<DiagnosticContext> & { readonly what?: string | undefined } = {},
): string {
  const { sources = [], run } = context;
  const heading = what === undefined ? "## ❌ Failed" : `## ❌ ${message(what)} failed`;
  return [heading, ...errors.map((error) => diagnosticMarkdown(error, { sources, run }))].join("\n\n");
}

/** The summary of a step with invalid inputs: all errors, each with its hint. */
export function wrongInputsSummary(complaints: readonly Diagnostic[]): string {
  const lines = complaints.map(({ summary, hint }) => `- **${message(summary)}**${hint ? `<br>${message(hint)}` : ""}`);
  return ["## ❌ Invalid inputs", "", "Nothing was changed.", "", ...lines].join("\n");
}

/** How a bake ended before its post step, with the heading of its report. */
export interface InterruptedBake {
  /** Image and directory, as Markdown: `imagePath` of the run's facts. */
  readonly title: string;
  readonly how: "cancelled" | "killed";
  /** The page of the run. */
  readonly runUrl: string | undefined;
}

/** What the post step did. */
export interface ReleaseReport {
  /** The number of resources that it released. */
  readonly released: number;
  /** Resources that still exist. */
  readonly remaining: readonly RemainingReport[];
}

/** What the post step adds to the summary: the number of released resources, and what still exists. */
export function releaseSummary({ released, remaining }: ReleaseReport): string {
  const done = released === 1 ? "1 resource was released" : `${released} resources were released`;
  const lines = released > 0 ? [`${done} after the bake ended.`] : [];
  const still = remainingTable(remaining, false);
  return [...lines, ...(still === "" ? [] : [still])].join("\n\n");
}

const INTERRUPTED = {
  cancelled: "**Cancelled**: the run was cancelled before the bake ended.",
  killed: "**Killed**: the runner ended the process before the bake ended.",
};

/** The report of a bake that was cancelled or killed, as the post step writes it: for the summary and the comment. */
export function interruptedMarkdown({ title, how, runUrl }: InterruptedBake, release: ReleaseReport): string {
  const rest = releaseSummary(release);
  return [
    `## ⏹️ ${title}`,
    `${INTERRUPTED[how]}${runUrl === undefined ? "" : ` See the [log of the run](${runUrl}).`}`,
    rest === "" ? "No temporary resources were left to release." : rest,
  ].join("\n\n");
}

/** Rows of a table; the outputs hold all. */
const MOST_ROWS = 500;

/** The summary of a sweep: what was removed (with a dry run, what would be), and what still exists. */
export function sweepSummary(
  removed: readonly { readonly kind: string; readonly id: string; readonly region: string }[],
  left: readonly RemainingReport[],
  { dryRun, account, unfinished }: SweepCircumstances,
): string {
  const resources = removed.length === 1 ? "1 resource" : `${removed.length} resources`;
  const did = dryRun ? "would be removed" : removed.length === 1 ? "was removed" : "were removed";
  const rows = removed.map(({ kind, id, region }) => [prose(kind), idCell(id), idCell(region)]);
  const shown = longTable(["Kind", "ID", "Region"], rows, { summary: resources, most: MOST_ROWS });
  return [
    `## ${left.length > 0 ? "❌" : "✅"} Sweep`,
    `${resources} of interrupted bakes ${did}${account === undefined ? "" : ` in account ${account}`}.`,
    ...(shown === "" ? [] : [shown]),
    ...(left.length > 0 ? [remainingTable(left, false)] : []),
    ...unfinishedTable(unfinished),
  ].join("\n\n");
}

/** What the summary of a sweep contains in addition to the resources. */
export interface SweepCircumstances {
  readonly dryRun: boolean;
  /** ID of the account, if it is known. */
  readonly account: string | undefined;
  /** Available images that interrupted runs left unfinished, and that no run resumes by default. */
  readonly unfinished: readonly { readonly id: string; readonly region: string; readonly why: string }[];
}

function unfinishedTable(unfinished: SweepCircumstances["unfinished"]): string[] {
  if (unfinished.length === 0) return [];
  const rows = unfinished.map(({ id, region, why }) => [idCell(id), idCell(region), prose(why)]);
  const summary = unfinished.length === 1 ? "1 unfinished AMI" : `${unfinished.length} unfinished AMIs`;
  return [
    `${summary} stayed. Deregister what is not needed.`,
    longTable(["AMI", "Region", "Why"], rows, { summary, most: MOST_ROWS }),
  ];
}

/** A pointer of a Region and the image that it names now. */
export interface PromotionRow extends MovedPointer {
  readonly region: string;
  /** Name of the parameter, `name:label`, or of the launch template. */
  readonly pointer: string;
}

/**
 * The summary of a promotion or a rollback: for each pointer the previous and the current image and version, and who wrote the
 * previous version. That is printed once if it is the same for all. Also the images that a rollback passed over.
 */
export function promotionSummary(
  what: "Promoted" | "Rolled back",
  parameter: string,
  rows: readonly PromotionRow[],
  skipped: readonly { readonly name: string }[] = [],
): string {
  const several = new Set(rows.map(({ pointer }) => pointer)).size > 1;
  const writers = new Set(rows.map(writerOf).filter((text) => text !== ""));
  const [writer] = writers.size === 1 ? writers : [];
  const lines = [...rows]
    .sort((a, b) => (a.region < b.region ? -1 : a.region > b.region ? 1 : 0))
    .map((row) => [...promotionCells(row, parameter, several), ...(writers.size > 1 ? [prose(writerOf(row))] : [])]);
  return [
    `## ✅ ${what} ${code(parameter)}`,
    ...(writer === undefined ? [] : [`Previous version: ${prose(writer)}`]),
    ...(skipped.length === 0 ? [] : [`Skipped, because the tests failed: ${namesOf(skipped)}`]),
    longTable(
      [
        ...["Region", ...(several ? ["Pointer"] : []), "Previous AMI", "Current AMI", "Version"],
        ...(writers.size > 1 ? [{ title: "Previous version", wraps: true } as const] : []),
      ],
      lines,
      { summary: `${lines.length} ${several ? "pointers" : "Regions"}`, most: MOST_ROWS },
    ),
  ].join("\n\n");
}

function namesOf(images: readonly { readonly name: string }[]): string {
  return [...new Set(images.map(({ name }) => name))].map(code).join(", ");
}

/** When, by what and by whom the previous version was written. Empty if that is not known. */
function writerOf({ before }: PromotionRow): string {
  return before?.written ? writtenText(before.written) : "";
}

/** The cells of a pointer; its own name only if there are `several` names. */
function promotionCells(row: PromotionRow, parameter: string, several: boolean): readonly string[] {
  const { region, pointer, previous, imageId, before } = row;
  const url = pointer.startsWith("/") ? parameterUrl(region, parameter) : undefined;
  const ami = (id: string) => anchor(idCell(id), imageUrl(region, id));
  const version = several ? String(row.version) : anchor(String(row.version), url);
  return [
    idCell(region),
    ...(several ? [anchor(idCell(pointer), url)] : []),
    row.moved ? (previous ? ami(previous) : "none") : "unchanged",
    ami(imageId),
    row.moved && before ? `${before.version} → ${version}` : version,
  ];
}

/** The summary of a matrix: its jobs, each with its template and, if there is a job for each build, the build. */
export function matrixSummary(
  jobs: readonly { readonly name: string; readonly template: string; readonly only: string }[],
): string {
  const rows = jobs.map(({ name, template, only }) => [
    idCell(name),
    nameCell(template),
    only === "" ? "all" : nameCell(only),
  ]);
  const count = jobs.length === 1 ? "1 job" : `${jobs.length} jobs`;
  const shown = longTable(["Job", "Template", "Builds"], rows, { summary: count, most: MOST_ROWS });
  return [`## ✅ Matrix of ${count}`, ...(shown === "" ? ["No template was found."] : [shown])].join("\n\n");
}
