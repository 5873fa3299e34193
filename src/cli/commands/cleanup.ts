import { dirname, resolve } from "node:path";
import { BakeError, toDiagnostic } from "../../core/errors.js";
import { isResource, replay } from "../../core/ledger.js";
import type { LedgerContents } from "../../core/ledger-records.js";
import { plain } from "../../core/plain.js";
import type { LeftBehind } from "../../engine/api.js";
import { type CommandContext, command } from "../command.js";
import { ledgerDirectory, ledgerFilesIn, openLedgerFile, readLedgerFile, removeLedgerFile } from "../ledger-file.js";
import { stateOf } from "../ledger-lock.js";
import { type Printer, printer } from "../printer.js";

/** `bake-ami cleanup`. */
export const cleanup = command({
  name: "cleanup",
  synopsis: "remove the resources of interrupted bakes",
  usage: "bake-ami cleanup [options] [LEDGER…]",
  help: "Removes the resources that are recorded in ledger files. By default, reads the ledgers of interrupted bakes on this host. Bakes that are still running are skipped. A ledger that another host wrote is skipped unless you name it. Use credentials of the same AWS account as the bake. Ledgers contain no secrets: if the template sets access keys, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to the same keys. The exit code is 1 if a resource could not be removed, or a ledger could not be read completely.",
  arguments: { least: 0, most: Number.POSITIVE_INFINITY, suggested: "files" },
  request: ({ values }, paths, { cwd }) => ({
    dryRun: values.cleanupDryRun,
    named: paths.map((path) => resolve(cwd, path)),
  }),
  async run({ dryRun, named }, context) {
    const print = printer(context.terminal, context.secrets, {
      paint: false,
      machineReadable: context.machineReadable,
    });
    const directory = ledgerDirectory(context.env, process.platform);
    const files = named.length > 0 ? named : ledgerFilesIn(directory);
    if (files.length === 0) print.line(`Nothing to remove: no ledgers in ${directory}.`);
    let failed = false;
    for (const file of files) {
      try {
        if (!(await cleanUp(file, named.length > 0, { dryRun, context, print }))) failed = true;
      } catch (error) {
        // The other ledgers are independent of this one.
        print.diagnostics({ diagnostics: [toDiagnostic(error)], sources: [] });
        failed = true;
      }
    }
    return failed ? 1 : 0;
  },
});

interface CleanupRun {
  readonly dryRun: boolean;
  readonly context: CommandContext;
  readonly print: Printer;
}

/** Removes the resources of one ledger. Returns whether nothing is left of it that needs attention. */
async function cleanUp(path: string, isNamed: boolean, run: CleanupRun): Promise<boolean> {
  const { print, dryRun } = run;
  const contents = readLedgerFile(path);
  checkIsLedger(path, contents);
  const entries = replay(contents.records);
  const open = entries.filter((entry) => entry.state === "open");
  const title = titleOf(path, contents);
  const skipped = await whySkipped(path, isNamed, contents);
  if (skipped !== undefined) {
    print.line(`${title}: ${skipped}`);
    return true;
  }
  print.line(`${title}: ${open.filter(isResource).length} to remove.`);
  for (const { place, problem } of contents.problems)
    print.error(`${path}:${place}: Unreadable ledger line: ${problem}`);
  for (const entry of entries) {
    const name = `${entry.intent.kind} ${entry.id ?? entry.intent.name ?? entry.intent.key}`;
    const where = entry.intent.account ? ` in ${entry.intent.account.region}` : "";
    if (entry.state === "kept") print.line(`    kept: ${name}${where}${entry.why ? ` (${entry.why})` : ""}`);
    if (entry.state === "open" && dryRun && isResource(entry)) print.line(`    would remove: ${name}${where}`);
  }
  const left = dryRun ? [] : await release(path, contents, run);
  if (contents.problems.length > 0) {
    print.error(
      `${path} was not deleted, because it has unreadable lines. Remove what they name, then delete the file.`,
    );
  }
  return left.length === 0 && contents.problems.length === 0;
}

/** Throws for a file without a readable line of a ledger: probably another file was named. */
function checkIsLedger(path: string, { records, runs, problems }: LedgerContents): void {
  if (problems.length === 0 || records.length > 0 || runs.length > 0) return;
  throw new BakeError(`"${path}" is not a ledger of bake-ami`, {
    code: "not-a-ledger",
    hint: "Set the path of a file that -ledger=FILE wrote. The file was not changed.",
  });
}

function titleOf(path: string, { runs }: LedgerContents): string {
  const last = runs.at(-1);
  return last ? `${path} of ${plain(last.template)}, ${new Date(last.startedAt).toISOString()}` : path;
}

/** Returns why a ledger is skipped: a run is alive, or it could be, on another host. Undefined if all its runs have ended. */
async function whySkipped(path: string, isNamed: boolean, { runs }: LedgerContents): Promise<string | undefined> {
  const states = await Promise.all(runs.map(async (run) => ({ run, state: await stateOf(run, dirname(path)) })));
  const alive = states.find(({ state }) => state === "alive")?.run;
  if (alive) return `still running as process ${alive.pid} on ${plain(alive.host)}, skipped.`;
  const unknown = isNamed ? undefined : states.find(({ state }) => state === "unknown")?.run;
  if (!unknown) return undefined;
  return `written by process ${unknown.pid} on ${plain(unknown.host)}, which could still be running: skipped. If it has ended, run "bake-ami cleanup ${path}".`;
}

/** Removes the open resources, then the file if none is left. Returns those that could not be removed. */
async function release(
  path: string,
  { records, runs, problems }: LedgerContents,
  { print, context }: CleanupRun,
): Promise<readonly LeftBehind[]> {
  const last = runs.at(-1);
  const file = await openLedgerFile(path, {
    startedAt: last?.startedAt ?? Date.now(),
    template: last?.template ?? "",
  });
  // A file that cannot be written does not stop the removal. It stays, and the next cleanup reads it again.
  attempt(() => file.claim(), print);
  const left = await context.engine.release({
    records,
    ledger: file.sink,
    credentials: undefined,
    whenAccountUnknown: "refuse",
    listeners: [
      (event) => {
        if (event.type === "diagnostic") print.diagnostics({ diagnostics: [event.diagnostic], sources: [] });
        if (event.type !== "resource") return;
        const where = event.region ? ` in ${event.region}` : "";
        if (event.action === "released") print.line(`    removed: ${event.kind} ${event.id}${where}`);
        if (event.action === "left")
          print.error(`    could not remove: ${event.kind} ${event.id}${where}: ${event.why ?? ""}`);
      },
    ],
  });
  for (const hint of new Set(left.flatMap((each) => each.hint ?? []))) print.error(hint);
  if (left.length === 0 && problems.length === 0) attempt(() => removeLedgerFile(path, runs), print);
  file.close();
  return left;
}

/** Runs `work`, and prints its error as a warning. */
function attempt(work: () => void, print: Printer): void {
  try {
    work();
  } catch (error) {
    print.diagnostics({ diagnostics: [{ ...toDiagnostic(error), severity: "warning" }], sources: [] });
  }
}
