import { renderDiagnostic } from "../core/diagnostics.js";
import type { Redactor } from "../core/secrets/redactor.js";
import type { PreparedTemplate } from "../engine/api.js";
import { palette } from "../report/console/colour.js";
import { machineRecord } from "../report/machine-readable.js";
import { concealSources } from "../report/redact.js";
import { inWords } from "../report/wording.js";
import type { Terminal } from "./terminal.js";
import { COMMAND_WORDS } from "./words.js";

/** Prints diagnostics and lines. */
export interface Printer {
  /** Prints diagnostics on stderr (machine-readable: as records on stdout). */
  diagnostics(prepared: Pick<PreparedTemplate, "diagnostics" | "sources">): void;
  /** Prints a line on stdout. */
  line(text: string): void;
  error(text: string): void;
}

/** Returns the printer of a command. It redacts every text with `secrets`. */
export function printer(
  terminal: Terminal,
  secrets: Redactor,
  how: { readonly paint: boolean; readonly machineReadable: boolean },
): Printer {
  const paints = palette(how.paint);
  const print = (word: "say" | "error", text: string, paint: (line: string) => string) => {
    const clean = secrets.redact(text);
    if (how.machineReadable) return terminal.write(machineRecord(Date.now(), "", "ui", word, clean));
    const painted = clean.split("\n").map(paint).join("\n");
    if (word === "say") terminal.write(painted);
    else terminal.error(painted);
  };
  const asIs = (line: string) => line;
  return {
    diagnostics({ diagnostics, sources: given }) {
      const sources = concealSources(given, secrets);
      for (const diagnostic of diagnostics) {
        const { severity } = diagnostic;
        const paint = severity === "error" ? paints.error : severity === "warning" ? paints.warning : asIs;
        print("error", `${renderDiagnostic(inWords(diagnostic, COMMAND_WORDS), sources)}\n`, paint);
      }
    },
    line: (text) => print("say", text, asIs),
    error: (text) => print("error", text, paints.error),
  };
}

export interface ColourChoice {
  /** True if the output is colored. */
  readonly paint: boolean;
  /** True if the user turned colors off. The list of build colors is not printed then. */
  readonly off: boolean;
}

/** Returns whether output is colored. The flag takes precedence over the environment; by default, output on a terminal is colored. */
export function chooseColour(
  flag: boolean | undefined,
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): ColourChoice {
  if (flag === true) return { paint: true, off: false };
  const off = flag === false || Boolean(env.NO_COLOR) || Boolean(env.PACKER_NO_COLOR);
  return { paint: !off && (isTerminal || Boolean(env.FORCE_COLOR)), off };
}

/** Returns rows as aligned columns with two spaces between them. The last column is not padded. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<readonly number[]>(
    (most, row) => row.map((cell, index) => Math.max(most[index] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
