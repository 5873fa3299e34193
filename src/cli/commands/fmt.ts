import type { Diagnostic } from "../../core/diagnostics.js";
import type { SourceText } from "../../core/source.js";
import { readTextFile, writeTextFile } from "../../engine/files.js";
import { type CommandContext, command, type FlagsOf } from "../command.js";
import { type Printer, printer } from "../printer.js";
import { whiteSpaceDiff } from "../white-space-diff.js";

/** Exit code of `-check` if a file is not formatted (Packer §7). */
const NOT_FORMATTED = 3;

/** `bake-ami fmt`. */
export const fmt = command({
  name: "fmt",
  synopsis: "format HCL2 templates",
  usage: "bake-ami fmt [options] [TEMPLATE]",
  help: "Formats an HCL2 file, the *.pkr.hcl and *.pkrvars.hcl files of a directory (by default the working directory), or standard input (-). Prints the names of changed files. With -check, the exit code is 3 if a file is not formatted.",
  arguments: { least: 0, most: 1, suggested: "files" },
  request: ({ values }, [path = "."]) => ({ ...values, path }),
  async run(request, context) {
    const print = printer(context.terminal, context.secrets, {
      paint: false,
      machineReadable: context.machineReadable,
    });
    if (request.path === "-") return formatStandardInput(request, context, print);
    const codes = new Set<number>();
    for (const file of await context.engine.filesToFormat(request.path, context.cwd, request.recursive)) {
      codes.add(await formatFile(file, request, context, print));
    }
    if (codes.has(1)) return 1;
    return codes.has(NOT_FORMATTED) ? NOT_FORMATTED : 0;
  },
});

/** What to do with a file that is not formatted. */
type FormatFlags = Pick<FlagsOf<"fmt">, "check" | "diff" | "write">;

async function formatFile(file: string, flags: FormatFlags, context: CommandContext, print: Printer): Promise<number> {
  const text = readTextFile(file, context.cwd);
  if (/\.json$/.test(file)) {
    print.diagnostics({ diagnostics: [notHcl(file)], sources: [] });
    return 1;
  }
  const formatted = await formattedText({ file, text }, context, print);
  if (formatted === undefined) return 1;
  if (formatted === text) return 0;
  print.line(file);
  if (flags.diff) print.line(whiteSpaceDiff(file, text, formatted));
  if (flags.check) return NOT_FORMATTED;
  if (flags.write) writeTextFile(file, context.cwd, formatted);
  return 0;
}

/** Formats standard input to standard output. */
async function formatStandardInput(flags: FormatFlags, context: CommandContext, print: Printer): Promise<number> {
  const file = "<standard input>";
  const text = await context.terminal.readAll();
  const formatted = await formattedText({ file, text }, context, print);
  if (formatted === undefined) return 1;
  if (flags.check) return formatted === text ? 0 : NOT_FORMATTED;
  context.terminal.write(flags.diff ? whiteSpaceDiff(file, text, formatted) : formatted.replace(/\n$/, ""));
  return 0;
}

/** Returns the formatted text. Prints the errors and returns undefined if the text cannot be parsed. */
async function formattedText(
  source: SourceText,
  { engine }: CommandContext,
  print: Printer,
): Promise<string | undefined> {
  const { text, diagnostics } = await engine.format(source);
  if (text === undefined) print.diagnostics({ diagnostics, sources: [source] });
  return text;
}

function notHcl(file: string): Diagnostic {
  const hint = /\.pkr\.json$/.test(file)
    ? "fmt formats HCL2 files in native syntax: .pkr.hcl and .pkrvars.hcl."
    : `fmt formats .pkr.hcl and .pkrvars.hcl files. To convert the template, run: bake-ami hcl2_upgrade ${file}`;
  return { severity: "error", code: "not-hcl2", summary: `"${file}" is a JSON file`, hint };
}
