import { type Diagnostic, hasErrors } from "../../core/diagnostics.js";
import type { BuildPreview, PlanPreview } from "../../core/preview.js";
import { DECISION_WORDS, decisionText, planLine } from "../plan-phrases.js";
import type { RunFacts } from "../report.js";
import { code, folded, message } from "./escape.js";
import { type DiagnosticContext, diagnosticMarkdown } from "./failures.js";
import { fitComment, fitSummary, type Section } from "./fit.js";
import { imagePath, templateAndRun } from "./headings.js";
import { idCell, longTable, OPEN_ROWS } from "./html.js";
import { changedInputs, oldImages, previewFacts, regionsTable } from "./plan-build.js";
import { variables } from "./sections.js";

/** A plan as one value, for the comment and the summary. */
export interface PlanReport {
  /** Undefined if the template has errors, or the plan failed. */
  readonly preview: PlanPreview | undefined;
  /** Warnings and errors outside the builds. */
  readonly problems: readonly Diagnostic[];
  /** What to do if something could not be looked up, as sentences. */
  readonly advice?: string | undefined;
}

/** Most rows of a table, and most problems. */
const ROWS = { comment: 150, summary: 1000 };
const MOST_PROBLEMS = 50;

/** More warnings than this are folded. */
const OPEN_WARNINGS = 3;

/** The comment of a plan, without its marker: at most 65,536 characters. What the bake would do with each build is omitted last. */
export function planComment(report: PlanReport, facts: RunFacts): string {
  return fitComment(sections(report, facts, ROWS.comment));
}

/** The comment without ages and the run: equal for two runs with the same plan. */
export function planContent(report: PlanReport, facts: RunFacts): string {
  const { run } = facts;
  return planComment(report, { ...facts, run: run && { ...run, url: "", label: "" }, now: 0 });
}

/** The job summary of a plan: at most 1 MiB. */
export function planSummary(report: PlanReport, facts: RunFacts): string {
  return fitSummary(sections(report, facts, ROWS.summary));
}

function sections(report: PlanReport, facts: RunFacts, most: number): readonly Section[] {
  const builds = report.preview?.builds ?? [];
  const several = builds.length > 1;
  return [
    { rank: 0, text: `## ${statusOf(report).mark} Plan of ${imagePath(facts)}` },
    { rank: 0, text: headline(report, facts) },
    ...errors(report, facts).map((text) => ({ rank: 1, text })),
    { rank: 1, text: notLookedUp(builds, report.advice) },
    { rank: 1, text: several ? buildsTable(builds, most) : builds.map(decisionMarkdown).join("") },
    ...builds.flatMap((build) => buildSections(build, { facts, most, several })),
    { rank: 2, text: warnings(report, facts) },
    { rank: 7, text: variables(facts) },
  ];
}

function buildSections(
  build: BuildPreview,
  { facts, most, several }: { readonly facts: RunFacts; readonly most: number; readonly several: boolean },
): readonly Section[] {
  const parts = [
    { rank: 3, text: changedInputs(build, most) },
    { rank: 4, text: regionsTable(build, facts, most) },
    { rank: 3, text: oldImages(build, facts, most) },
    { rank: 5, text: previewFacts(build, facts) },
  ];
  const first = parts.findIndex(({ text }) => text !== "");
  const heading = several ? `### ${code(build.identity.name)}\n\n` : "";
  return parts.map(({ rank, text }, index) => ({ rank, text: index === first ? heading + text : text }));
}

/** The mark and the first words of a plan. */
function statusOf({ preview, problems }: PlanReport): { readonly mark: string; readonly word: string } {
  if (!preview || hasErrors(problems)) return { mark: "❌", word: "Failed" };
  const word = planLine(preview);
  if (preview.builds.some((build) => hasErrors(build.problems)))
    return { mark: "❌", word: `The bake would fail: ${word}` };
  const isPartial = preview.builds.some(
    ({ decision, notLookedUp }) => decision === "unknown" || notLookedUp.length > 0,
  );
  if (isPartial) return { mark: "⚠️", word };
  return { mark: preview.changes ? "🔨" : "✅", word };
}

/** The line under the heading: what the bake would do, template, commit, run and account. */
function headline(report: PlanReport, facts: RunFacts): string {
  const account = report.preview?.account;
  const where = facts.rehearsal
    ? " Compared with the local cloud."
    : account === undefined
      ? ""
      : ` Account ${code(account)}.`;
  return `**${statusOf(report).word}** from ${templateAndRun(facts)}.${where} Nothing was created or changed.`;
}

/** The errors of the template and of the checks in the account, each as paragraphs. */
function errors(report: PlanReport, context: DiagnosticContext): readonly string[] {
  const all = problemsOfPlan(report).filter(({ severity }) => severity === "error");
  const rest = all.length > MOST_PROBLEMS ? [`… and ${all.length - MOST_PROBLEMS} more errors. See the log.`] : [];
  return [...all.slice(0, MOST_PROBLEMS).map((error) => diagnosticMarkdown(error, context)), ...rest];
}

/** Warnings and notices; more than three are folded. */
function warnings(report: PlanReport, context: DiagnosticContext): string {
  const all = problemsOfPlan(report).filter(({ severity }) => severity !== "error");
  if (all.length === 0) return "";
  const text = all.map((each) => diagnosticMarkdown(each, context)).join("\n\n");
  if (all.length > OPEN_WARNINGS) return folded(`⚠️ ${all.length} warnings`, text);
  return `### ⚠️ ${all.length === 1 ? "1 warning" : `${all.length} warnings`}\n\n${text}`;
}

/** All problems, each once: builds of one source can have the same. */
export function problemsOfPlan({ preview, problems }: PlanReport): readonly Diagnostic[] {
  const all = [...problems, ...(preview?.builds ?? []).flatMap((build) => build.problems)];
  return [...new Map(all.map((problem) => [JSON.stringify(problem), problem])).values()];
}

/** What could not be looked up, each reason once, with the builds if it is not about all of them. */
function notLookedUp(builds: readonly BuildPreview[], advice: string | undefined): string {
  const reasons = [...new Set(builds.flatMap((build) => build.notLookedUp))];
  const lines = reasons.map((reason) => {
    const names = builds
      .filter((build) => build.notLookedUp.includes(reason))
      .map(({ identity }) => code(identity.name));
    return `- ${names.length < builds.length ? `${names.join(", ")}: ` : ""}${message(reason)}`;
  });
  if (lines.length === 0) return "";
  const list = lines.length > OPEN_ROWS ? folded(`${lines.length} reasons`, lines.join("\n")) : lines.join("\n");
  return ["**Could not look up**", list, ...(advice === undefined ? [] : [message(advice)])].join("\n\n");
}

function decisionMarkdown(build: BuildPreview): string {
  return `${message(decisionText(build))}.`;
}

/** All builds in one table. */
function buildsTable(builds: readonly BuildPreview[], most: number): string {
  const rows = builds.map(({ identity, decision, reason }) => [
    idCell(identity.name),
    DECISION_WORDS[decision],
    message(reason),
  ]);
  const columns = ["Build", "Plan", { title: "Why", wraps: true }] as const;
  return longTable(columns, rows, { summary: `${rows.length} builds`, most });
}
