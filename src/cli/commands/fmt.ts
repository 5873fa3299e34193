import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { messageOf } from "../../core/errors.js";
import type { SourceText } from "../../core/source.js";
import { redactor } from "../../report/redact.js";
import { type CommandContext, command, type FlagsOf } from "../command.js";
import { type Printer, printer } from "../printer.js";
import { whiteSpaceDiff } from "../white-space-diff.js";

/** `-check` found a file that is not formatted (Packer §7). */
const NOT_FORMATTED = 3;

/** `bake-ami fmt`. */
export const fmt = command({
  name: "fmt",
  synopsis: "write HCL2 templates in the usual layout",
  usage: "bake-ami fmt [options] [TEMPLATE]",
  help: "Formats an HCL2 file, the *.pkr.hcl and *.pkrvars.hcl files of a folder (by default the working directory), or standard input (-). Prints the names of files that change. Exit code 3 with -check when a file is not formatted.",
  arguments: { least: 0, most: 1 },
  request: ({ values }, [path = "."]) => ({ ...values, path }),
  async run(asked, context) {
    const print = printer(context.terminal, redactor(), { paint: false, machineReadable: context.machineReadable });
    if (asked.path === "-") return formatStandardInput(asked, context, print);
    try {
      const codes = new Set<number>();
      for (const file of await context.engine.filesToFormat(asked.path, context.cwd, asked.recursive)) {
        codes.add(await formatFile(file, asked, context, print));
      }
      if (codes.has(1)) return 1;
      return codes.has(NOT_FORMATTED) ? NOT_FORMATTED : 0;
    } catch (error) {
      print.error(messageOf(error));
      return 1;
    }
  },
});

/** What becomes of text that changes. */
type Asked = Pick<FlagsOf<"fmt">, "check" | "diff" | "write">;

async function formatFile(file: string, asked: Asked, context: CommandContext, print: Printer): Promise<number> {
  const path = resolve(context.cwd, file);
  const text = readFileSync(path, "utf8");
  const formatted = await formattedText({ file, text }, context, print);
  if (formatted === undefined) return 1;
  if (formatted === text) return 0;
  print.line(file);
  if (asked.diff) print.line(whiteSpaceDiff(file, text, formatted));
  if (asked.check) return NOT_FORMATTED;
  if (asked.write) writeFileSync(path, formatted);
  return 0;
}

/** Standard input goes to standard output. */
async function formatStandardInput(asked: Asked, context: CommandContext, print: Printer): Promise<number> {
  const file = "<standard input>";
  const text = await context.terminal.readAll();
  const formatted = await formattedText({ file, text }, context, print);
  if (formatted === undefined) return 1;
  if (asked.check) return formatted === text ? 0 : NOT_FORMATTED;
  context.terminal.write(asked.diff ? whiteSpaceDiff(file, text, formatted) : formatted.replace(/\n$/, ""));
  return 0;
}

/** Undefined after complaints: what cannot be read is not changed. */
async function formattedText(
  source: SourceText,
  { engine }: CommandContext,
  print: Printer,
): Promise<string | undefined> {
  const { text, diagnostics } = await engine.format(source);
  if (text === undefined) print.diagnostics({ diagnostics, sources: [source] });
  return text;
}
