import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { hasErrors } from "../../core/diagnostics.js";
import type { BakeEvent } from "../../core/events.js";
import type { BakeRequest } from "../../engine/request.js";
import type { BakePlan } from "../../plan/plan.js";
import { imageNameOf } from "../../publish/parameter-name.js";
import { reportCollector } from "../../report/collector.js";
import { consoleStory } from "../../report/console/story.js";
import { machineReadable } from "../../report/machine-readable.js";
import { commentMarkdown, summaryMarkdown } from "../../report/markdown/documents.js";
import type { RunFacts } from "../../report/markdown/facts.js";
import { type Redactor, redactDeep, redactor } from "../../report/redact.js";
import { redacting } from "../../report/redacting.js";
import type { BakeReport } from "../../report/report.js";
import { wording } from "../../report/wording.js";
import { BUILD_FLAGS, buildRequest } from "../build-flags.js";
import type { Command, CommandContext } from "../command.js";
import { teller } from "../diagnostics.js";
import type { ParsedFlags } from "../flags.js";
import { ledgerFolder, openLedgerFile } from "../ledger-file.js";
import { chooseColour } from "../terminal.js";
import { COMMAND_WORDS } from "../words.js";

/** Milliseconds between progress lines of one wait: on a terminal, and in a log. */
const PROGRESS = { terminal: 5000, log: 15_000 };

/** A resource of a run on the command line may be swept after this time, in milliseconds. */
const EXPIRY = 24 * 3_600_000;

/** `bake-ami build`. */
export const build: Command = {
  name: "build",
  synopsis: "bake images from a template",
  usage: "bake-ami build [options] TEMPLATE",
  help: "Bakes every build of a template, several at once, and releases all that it made on the way but the images. Exit code 0 when all builds succeeded, else 1.",
  flags: BUILD_FLAGS,
  arguments: { least: 1, most: 1 },
  async run(flags, context) {
    const { request, problems } = buildRequest(flags, context.cwd, context.env);
    const secrets = redactor();
    const colour = chooseColour(flags.boolean("color"), context.env, context.terminal.isTerminal);
    const tell = teller(context.terminal, secrets, { paint: colour.paint, machineReadable: context.machineReadable });
    if (problems.length > 0) {
      for (const problem of problems) tell.error(problem);
      return 1;
    }
    const bakeIt = async (documents: DocumentPaths) => {
      const prepared = await context.engine.prepare(request, { purpose: "build" });
      for (const secret of prepared.secrets) secrets.add(secret);
      tell.diagnostics(prepared);
      if (!prepared.plan || hasErrors(prepared.diagnostics)) return 1;
      return bakePlan(prepared.plan, request, flags, context, secrets, documents);
    };
    const given: DocumentPaths = {
      summary: flags.text("summary"),
      packages: flags.text("sbom"),
      comment: flags.text("comment"),
      ledgers: ledgerFolder(context.env, process.platform),
    };
    if (!flags.boolean("local")) return bakeIt(given);
    return onLocalCloud(flags.text("local-state"), given, context, bakeIt);
  },
};

/** Where things are written: the summary and the comment if at all, the ledger in a folder of its kind. */
interface DocumentPaths {
  readonly summary: string | undefined;
  readonly comment: string | undefined;
  /** Folder of package lists and software bills of materials. */
  readonly packages: string | undefined;
  readonly ledgers: string;
}

/** Bakes on the local cloud; summary and comment are always written there, and their places told. */
async function onLocalCloud(
  state: string | undefined,
  given: DocumentPaths,
  { engine, terminal, cwd, machineReadable: records }: CommandContext,
  bakeIt: (documents: DocumentPaths) => Promise<number>,
): Promise<number> {
  const stateFolder = state === undefined ? undefined : resolve(cwd, state);
  const local = await engine.openLocal({ stateFolder, onNotice: (text) => terminal.error(text) });
  try {
    const documents = {
      summary: given.summary ?? join(local.stateFolder, "summary.md"),
      comment: given.comment ?? join(local.stateFolder, "comment.md"),
      packages: given.packages ?? join(local.stateFolder, "packages"),
      // What a local run made is nothing that "bake-ami cleanup" could find in AWS.
      ledgers: join(local.stateFolder, "ledgers"),
    };
    const code = await bakeIt(documents);
    if (!records) terminal.write(`Summary: ${documents.summary}\nComment: ${documents.comment}`);
    return code;
  } finally {
    await local.close();
  }
}

async function bakePlan(
  plan: BakePlan,
  request: BakeRequest,
  flags: ParsedFlags,
  context: CommandContext,
  secrets: Redactor,
  documents: DocumentPaths,
): Promise<number> {
  const { terminal } = context;
  const startedAt = Date.now();
  const runId = randomUUID().slice(0, 8);
  const collected = reportCollector(secrets, COMMAND_WORDS);
  const tellStory = storyTeller(plan, flags, context);
  const ledger = openLedgerFile(ledgerPath(flags, context.cwd, documents.ledgers, startedAt, runId), {
    startedAt,
    template: plan.path,
  });
  const result = await context.engine.bake(plan, request, {
    ownership: { runId, attempt: "1", repository: hostname(), expiresAt: startedAt + EXPIRY },
    listeners: [
      collected.listener,
      redacting(
        wording((event) => {
          for (const line of tellStory(event)) terminal.write(line);
        }, COMMAND_WORDS),
        secrets,
      ),
    ],
    ledger: ledger.sink,
    packageFolder: documents.packages === undefined ? undefined : resolve(request.workingDirectory, documents.packages),
    ask: terminal.ask,
  });
  ledger.close();
  writeDocuments(collected.redacted(), plan, request, documents, secrets, flags.boolean("local") ?? false);
  return result.outcome === "succeeded" ? 0 : 1;
}

function storyTeller(
  plan: BakePlan,
  flags: ParsedFlags,
  context: CommandContext,
): (event: BakeEvent) => readonly string[] {
  const { terminal, machineReadable: records } = context;
  const colour = chooseColour(flags.boolean("color"), context.env, terminal.isTerminal);
  const story = consoleStory({
    colour: colour.paint && !records,
    introduce: !colour.off && !records,
    timestamps: flags.boolean("timestamp-ui") ?? false,
    progressInterval: terminal.isTerminal ? PROGRESS.terminal : PROGRESS.log,
    sources: plan.sources,
  });
  return records ? machineReadable(story) : story;
}

function ledgerPath(flags: ParsedFlags, cwd: string, folder: string, startedAt: number, runId: string): string {
  const given = flags.text("ledger");
  if (given !== undefined) return resolve(cwd, given);
  const time = new Date(startedAt).toISOString().replace(/[:.]/g, "-");
  return join(folder, `${time}-${runId}.jsonl`);
}

function writeDocuments(
  report: BakeReport,
  plan: BakePlan,
  request: BakeRequest,
  { summary, comment }: DocumentPaths,
  secrets: Redactor,
  rehearsal: boolean,
): void {
  const facts: RunFacts = redactDeep(
    {
      template: plan.path,
      image: request.image ?? imageNameOf(plan.path),
      variables: plan.variables,
      sources: plan.sources,
      rehearsal,
      now: Date.now(),
    },
    secrets,
  );
  if (summary !== undefined)
    writeFileSync(resolve(request.workingDirectory, summary), `${summaryMarkdown(report, facts)}\n`);
  if (comment !== undefined)
    writeFileSync(resolve(request.workingDirectory, comment), `${commentMarkdown(report, facts)}\n`);
}
