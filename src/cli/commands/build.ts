import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { hasErrors } from "../../core/diagnostics.js";
import { toDiagnostic } from "../../core/errors.js";
import type { BakeEvent } from "../../core/events.js";
import type { Redactor } from "../../core/secrets/redactor.js";
import type { PreparedTemplate } from "../../engine/api.js";
import { writeReport } from "../../engine/files.js";
import { type BakeRequest, imageOf, onLocalCloud } from "../../engine/request.js";
import { bakeRequest } from "../../engine/requests/bake.js";
import { writeTestResults } from "../../engine/test-results.js";
import { consoleStory } from "../../report/console/story.js";
import { machineReadable } from "../../report/machine-readable.js";
import { commentMarkdown, summaryMarkdown } from "../../report/markdown/documents.js";
import { recordedLines } from "../../report/recorded.js";
import { concealSources, redactDeep, redacting } from "../../report/redact.js";
import { type BakeReport, type RunFacts, reportCollector } from "../../report/report.js";
import { testedBuilds } from "../../report/tests.js";
import { wording } from "../../report/wording.js";
import { type CommandContext, command, type FlagsOf } from "../command.js";
import { ledgerDirectory, openLedgerFile } from "../ledger-file.js";
import { type ColourChoice, chooseColour, type Printer, printer } from "../printer.js";
import { COMMAND_WORDS } from "../words.js";

type BakePlan = NonNullable<PreparedTemplate["plan"]>;

/** Milliseconds between the progress lines of a wait, on a terminal and in a log. */
const PROGRESS = { terminal: 5000, log: 15_000 };

/** `bake-ami build`. */
export const build = command({
  name: "build",
  synopsis: "bake images from a template",
  usage: "bake-ami build [options] TEMPLATE",
  help: "Runs the builds of a template in parallel and creates their images. Temporary resources are removed at the end. The exit code is 0 if all builds succeeded, otherwise 1.",
  arguments: { least: 1, most: 1, suggested: "files" },
  request(read, [templatePath = ""], { cwd, env }) {
    const flags = read.values;
    const request = bakeRequest(read, { ...flags, workingDirectory: cwd, job: undefined, templatePath }, env);
    if (!flags.local) return { flags, request };
    return { flags, request: onLocalCloud(request, request.settings.sshSourceCidrs, flags.localPolicy) };
  },
  async run(parsed, context) {
    const { flags } = parsed;
    const { env, terminal, machineReadable: records } = context;
    const { secrets } = context;
    const colour = chooseColour(flags.color, env, terminal.isTerminal);
    const print = printer(terminal, secrets, { paint: colour.paint, machineReadable: records });
    const run: BuildRun = { ...parsed, context, secrets, colour, print };
    const given: DocumentPaths = {
      summary: flags.summaryFile,
      packages: flags.packageDirectory,
      comment: flags.commentFile,
      testResults: flags.testResultsFile,
      ledgers: ledgerDirectory(context.env, process.platform),
    };
    return flags.local ? bakeOnLocalCloud(run, given) : bakeTemplate(run, given);
  },
});

/** One run of the command. */
interface BuildRun {
  readonly flags: FlagsOf<"build">;
  readonly request: BakeRequest;
  readonly context: CommandContext;
  readonly secrets: Redactor;
  readonly colour: ColourChoice;
  readonly print: Printer;
}

/** A run whose template could be read. */
interface PlannedRun extends BuildRun {
  /** Returns the records of Windows instances of the local cloud so far. */
  readonly recorded: () => readonly string[];
}

/** The paths of the files to write. An undefined path writes no file. */
interface DocumentPaths {
  readonly summary: string | undefined;
  readonly comment: string | undefined;
  /** Directory of package lists and software bills of materials. */
  readonly packages: string | undefined;
  /** File with the results of image tests. */
  readonly testResults: string | undefined;
  readonly ledgers: string;
}

/** Bakes on the local cloud. Writes the summary and the comment in any case, and prints the paths of those that were written. */
async function bakeOnLocalCloud(run: BuildRun, given: DocumentPaths): Promise<number> {
  const { engine, terminal, cwd } = run.context;
  const { localState, localPolicy, localWindows: windows } = run.flags;
  const stateDirectory = localState === undefined ? undefined : resolve(cwd, localState);
  const local = await engine.openLocal({
    stateDirectory,
    machines: "sandboxes",
    windows,
    policy: localPolicy === undefined ? undefined : resolve(cwd, localPolicy),
    onNotice: (text) => terminal.error(text),
  });
  try {
    const documents = {
      summary: given.summary ?? join(local.stateDirectory, "summary.md"),
      comment: given.comment ?? join(local.stateDirectory, "comment.md"),
      packages: given.packages ?? join(local.stateDirectory, "packages"),
      testResults: given.testResults ?? join(local.stateDirectory, "test-results.xml"),
      // Apart from the other ledgers: "bake-ami cleanup" cannot find local resources in AWS.
      ledgers: join(local.stateDirectory, "ledgers"),
    };
    const code = await bakeTemplate(run, documents, local.recorded);
    for (const line of recordedLines(local.recorded())) terminal.error(line);
    return code;
  } finally {
    await local.close();
  }
}

async function bakeTemplate(
  run: BuildRun,
  documents: DocumentPaths,
  recorded: () => readonly string[] = () => [],
): Promise<number> {
  const { context, request, secrets, print } = run;
  const prepared = await context.engine.prepare(request, { purpose: "build", mask: secrets.add });
  print.diagnostics(prepared);
  if (!prepared.plan || hasErrors(prepared.diagnostics)) return 1;
  return bakePlan(prepared.plan, { ...run, recorded }, documents);
}

async function bakePlan(plan: BakePlan, run: PlannedRun, documents: DocumentPaths): Promise<number> {
  const { request, context, secrets } = run;
  const { terminal } = context;
  const startedAt = Date.now();
  const runId = randomUUID().slice(0, 8);
  const collected = reportCollector(secrets, COMMAND_WORDS);
  const linesOf = storyOf(plan, run);
  const ledger = await openLedgerFile(ledgerPath(run, documents.ledgers, { startedAt, runId }), {
    startedAt,
    template: plan.path,
  });
  const result = await context.engine.bake(plan, request, {
    owner: { runId, attempt: "1", repository: hostname() },
    listeners: [
      collected.listener,
      redacting(
        wording((event) => {
          for (const line of linesOf(event)) terminal.write(line);
        }, COMMAND_WORDS),
        secrets,
      ),
    ],
    secrets,
    ledger: ledger.sink,
    packageDirectory:
      documents.packages === undefined ? undefined : resolve(request.workingDirectory, documents.packages),
    ask: terminal.ask,
    credentials: undefined,
  });
  ledger.close();
  writeDocuments(collected.redacted(), plan, run, documents);
  return result.outcome === "succeeded" ? 0 : 1;
}

/** Returns the function that turns an event into lines to print. */
function storyOf(
  plan: BakePlan,
  { flags, context, colour, secrets }: BuildRun,
): (event: BakeEvent) => readonly string[] {
  const { terminal, machineReadable: records } = context;
  const story = consoleStory({
    colour: colour.paint && !records,
    introduce: !colour.off && !records,
    timestamps: flags.timestamps,
    progressInterval: terminal.isTerminal ? PROGRESS.terminal : PROGRESS.log,
    sources: concealSources(plan.sources, secrets),
  });
  return records ? machineReadable(story) : story;
}

function ledgerPath(
  { flags, context }: BuildRun,
  directory: string,
  { startedAt, runId }: { readonly startedAt: number; readonly runId: string },
): string {
  if (flags.ledgerFile !== undefined) return resolve(context.cwd, flags.ledgerFile);
  const time = new Date(startedAt).toISOString().replace(/[:.]/g, "-");
  return join(directory, `${time}-${runId}.jsonl`);
}

/** Writes the summary, the comment and the results of tests. One that cannot be written is a warning: the exit code says whether the bake succeeded. */
function writeDocuments(
  report: BakeReport,
  plan: BakePlan,
  { request, flags, secrets, print, context, recorded }: PlannedRun,
  { summary, comment, testResults }: DocumentPaths,
): void {
  const facts: RunFacts = redactDeep(
    {
      template: plan.path,
      image: imageOf(request),
      variables: plan.variables,
      sources: concealSources(plan.sources, secrets),
      rehearsal: flags.local,
      recorded: recorded().length,
      run: undefined,
      now: Date.now(),
    },
    secrets,
  );
  const { workingDirectory } = request;
  const attempt = (name: string, path: string | undefined, write: (path: string) => boolean) => {
    if (path === undefined) return;
    try {
      // The local cloud has a default path for each report.
      if (write(path) && flags.local && !context.machineReadable) context.terminal.write(`${name}: ${path}`);
    } catch (error) {
      print.diagnostics({ diagnostics: [{ ...toDiagnostic(error), severity: "warning" }], sources: [] });
    }
  };
  const write = (name: string, path: string | undefined, text: string) =>
    attempt(name, path, (file) => {
      writeReport(file, workingDirectory, `${secrets.mask(text)}\n`);
      return true;
    });
  write("Summary", summary, summaryMarkdown(report, facts));
  write("Comment", comment, commentMarkdown(report, facts));
  const tests = redactDeep(testedBuilds(report), secrets);
  attempt("Test results", testResults, (file) => writeTestResults(tests, file, workingDirectory) !== undefined);
}
