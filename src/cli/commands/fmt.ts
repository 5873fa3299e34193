import { type Dirent, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { hasErrors } from "../../core/diagnostics.js";
import { messageOf } from "../../core/errors.js";
import { redactor } from "../../report/redact.js";
import type { Command, CommandContext } from "../command.js";
import { type Teller, teller } from "../diagnostics.js";
import type { ParsedFlags } from "../flags.js";
import { whiteSpaceDiff } from "../white-space-diff.js";

/** `-check` found a file that is not formatted (Packer §7). */
const NOT_FORMATTED = 3;

/** What `fmt` formats in a folder. */
const HCL_FILE = /\.(pkr|pkrvars)\.hcl$/;

/** `bake-ami fmt`. */
export const fmt: Command = {
  name: "fmt",
  synopsis: "write HCL2 templates in the usual layout",
  usage: "bake-ami fmt [options] [TEMPLATE]",
  help: "Formats an HCL2 file, the *.pkr.hcl and *.pkrvars.hcl files of a folder (by default the working directory), or standard input (-). Prints the names of files that change. Exit code 3 with -check when a file is not formatted.",
  flags: [
    { name: "check", kind: "boolean", doc: "Change nothing; exit code 3 when a file is not formatted." },
    { name: "diff", kind: "boolean", doc: "Print what changes." },
    { name: "write", kind: "boolean", doc: "Write the files (default). -write=false only tells." },
    { name: "recursive", kind: "boolean", doc: "Also the folders within." },
  ],
  arguments: { least: 0, most: 1 },
  async run(flags, context) {
    const tell = teller(context.terminal, redactor(), { paint: false, machineReadable: context.machineReadable });
    const path = flags.positional[0] ?? ".";
    if (path === "-") return formatText("<standard input>", await context.terminal.readAll(), flags, context, tell);
    try {
      const codes = new Set<number>();
      for (const file of filesAt(path, context.cwd, flags.boolean("recursive") ?? false)) {
        codes.add(await formatFile(file, flags, context, tell));
      }
      if (codes.has(1)) return 1;
      return codes.has(NOT_FORMATTED) ? NOT_FORMATTED : 0;
    } catch (error) {
      tell.error(messageOf(error));
      return 1;
    }
  },
};

async function formatFile(file: string, flags: ParsedFlags, { cwd }: CommandContext, tell: Teller): Promise<number> {
  const text = readFileSync(resolve(cwd, file), "utf8");
  const formatted = await formattedText(file, text, tell);
  if (formatted === undefined) return 1;
  if (formatted === text) return 0;
  tell.line(file);
  if (flags.boolean("diff")) tell.line(whiteSpaceDiff(file, text, formatted));
  if (flags.boolean("check")) return NOT_FORMATTED;
  if (flags.boolean("write") ?? true) writeFileSync(resolve(cwd, file), formatted);
  return 0;
}

/** Standard input goes to standard output. */
async function formatText(
  name: string,
  text: string,
  flags: ParsedFlags,
  { terminal }: CommandContext,
  tell: Teller,
): Promise<number> {
  const formatted = await formattedText(name, text, tell);
  if (formatted === undefined) return 1;
  if (flags.boolean("check")) return formatted === text ? 0 : NOT_FORMATTED;
  terminal.write(flags.boolean("diff") ? whiteSpaceDiff(name, text, formatted) : formatted.replace(/\n$/, ""));
  return 0;
}

/** Undefined after complaints: what cannot be read is left alone. */
async function formattedText(file: string, text: string, tell: Teller): Promise<string | undefined> {
  const [{ parseConfig }, { formatConfig }] = await Promise.all([
    import("../../template/hcl/syntax/parse.js"),
    import("../../template/hcl/format.js"),
  ]);
  const source = { file, text };
  const { diagnostics } = parseConfig(source);
  if (!hasErrors(diagnostics)) return formatConfig(text);
  tell.diagnostics({ diagnostics, sources: [source] });
  return undefined;
}

function filesAt(path: string, cwd: string, recursive: boolean): readonly string[] {
  if (!statSync(resolve(cwd, path)).isDirectory()) return [path];
  const entries = readdirSync(resolve(cwd, path), { withFileTypes: true }).sort(byName);
  return entries.flatMap((entry) => {
    const inside = path === "." ? entry.name : join(path, entry.name);
    if (entry.isDirectory()) return recursive && !entry.name.startsWith(".") ? filesAt(inside, cwd, recursive) : [];
    return HCL_FILE.test(entry.name) ? [inside] : [];
  });
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}
