import { renderDiagnostic } from "../core/diagnostics.js";
import type { PreparedTemplate } from "../engine/api.js";
import { palette } from "../report/console/colour.js";
import { machineRecord } from "../report/machine-readable.js";
import { plain } from "../report/plain.js";
import type { Redactor } from "../report/redact.js";
import { inWords } from "../report/wording.js";
import type { Terminal } from "./terminal.js";
import { COMMAND_WORDS } from "./words.js";

/** How diagnostics and plain lines are told. */
export interface Teller {
  /** All diagnostics of a template, on stderr (machine-readable: records on stdout). */
  diagnostics(prepared: Pick<PreparedTemplate, "diagnostics" | "sources">): void;
  /** A line on stdout. */
  line(text: string): void;
  error(text: string): void;
}

/** A teller for a command; every text goes through `secrets`. */
export function teller(
  terminal: Terminal,
  secrets: Redactor,
  how: { paint: boolean; machineReadable: boolean },
): Teller {
  const paints = palette(how.paint);
  const tell = (word: "say" | "error", text: string, paint: (line: string) => string) => {
    const clean = secrets.redact(plain(text));
    if (how.machineReadable) return terminal.write(machineRecord(Date.now(), "", "ui", word, clean));
    const painted = clean.split("\n").map(paint).join("\n");
    if (word === "say") terminal.write(painted);
    else terminal.error(painted);
  };
  const asIs = (line: string) => line;
  return {
    diagnostics({ diagnostics, sources }) {
      for (const diagnostic of diagnostics) {
        const { severity } = diagnostic;
        const paint = severity === "error" ? paints.error : severity === "warning" ? paints.warning : asIs;
        tell("error", `${renderDiagnostic(inWords(diagnostic, COMMAND_WORDS), sources)}\n`, paint);
      }
    },
    line: (text) => tell("say", text, asIs),
    error: (text) => tell("error", text, paints.error),
  };
}
