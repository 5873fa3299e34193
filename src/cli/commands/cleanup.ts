import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { replay } from "../../core/ledger.js";
import { plain } from "../../report/plain.js";
import { type CommandContext, command } from "../command.js";
import { isRunning, ledgerFilesIn, ledgerFolder, openLedgerFile, readLedgerFile } from "../ledger-file.js";
import { type Printer, printer } from "../printer.js";

/** `bake-ami cleanup`. */
export const cleanup = command({
  name: "cleanup",
  synopsis: "remove the resources of interrupted bakes",
  usage: "bake-ami cleanup [options] [LEDGER…]",
  help: "Removes the resources that are recorded in ledger files. By default, reads the ledgers of interrupted bakes on this host. Bakes that are still running are skipped. Ledgers contain no secrets: if the template sets access keys, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to the same keys. The exit code is 1 if a resource could not be removed.",
  arguments: { least: 0, most: Number.POSITIVE_INFINITY },
  request: ({ values }, paths, { cwd }) => ({
    dryRun: values.cleanupDryRun,
    named: paths.map((path) => resolve(cwd, path)),
  }),
  async run({ dryRun, named }, context) {
    const print = printer(context.terminal, context.secrets, {
      paint: false,
      machineReadable: context.machineReadable,
    });
    const folder = ledgerFolder(context.env, process.platform);
    const files = named.length > 0 ? named : ledgerFilesIn(folder);
    if (files.length === 0) print.line(`Nothing to remove: no ledgers in ${folder}.`);
    let left = 0;
    for (const file of files) left += await cleanUp(file, dryRun, context, print);
    return left === 0 ? 0 : 1;
  },
});

/** Removes the resources of one ledger. Returns the number of resources that could not be removed. */
async function cleanUp(path: string, dryRun: boolean, context: CommandContext, print: Printer): Promise<number> {
  const { owner, records } = readLedgerFile(path);
  const entries = replay(records);
  const open = entries.filter((entry) => entry.state === "open");
  const template = owner ? ` of ${plain(owner.template)}, ${new Date(owner.startedAt).toISOString()}` : "";
  if (isRunning(owner)) {
    print.line(`${path}${template}: still running as process ${owner?.pid}, skipped.`);
    return 0;
  }
  print.line(`${path}${template}: ${open.length} to remove.`);
  for (const entry of entries) {
    const name = `${entry.intent.kind} ${entry.id ?? entry.intent.name ?? entry.intent.key}`;
    const where = entry.intent.account ? ` in ${entry.intent.account.region}` : "";
    if (entry.state === "kept") print.line(`    kept: ${name}${where}${entry.why ? ` (${entry.why})` : ""}`);
    if (entry.state === "open" && dryRun) print.line(`    would remove: ${name}${where}`);
  }
  if (dryRun) return 0;
  const file = openLedgerFile(path, { startedAt: Date.now(), template: owner?.template ?? "" });
  const left = await context.engine.release({
    records,
    ledger: file.sink,
    credentials: undefined,
    listeners: [
      (event) => {
        if (event.type !== "resource") return;
        const where = event.region ? ` in ${event.region}` : "";
        if (event.action === "released") print.line(`    removed: ${event.kind} ${event.id}${where}`);
        if (event.action === "left")
          print.error(`    could not remove: ${event.kind} ${event.id}${where}: ${event.why ?? ""}`);
      },
    ],
  });
  file.close();
  if (left.length === 0) rmSync(path, { force: true });
  return left.length;
}
