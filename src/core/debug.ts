import { BakeError, Cancelled } from "./errors.js";

/**
 * Writes to the debug log. `text` is called only if the log is on, so that a log that is off builds no text. The text may have several
 * lines. It must not have a secret that is not masked yet: no request or response bodies, headers, commands, or values of variables.
 */
export type Debug = (text: () => string) => void;

/** The debug log that is off. */
export const noDebug: Debug = () => undefined;

/** Returns whether the log is on, for a library that builds the text itself. */
export function isLogged(debug: Debug): boolean {
  return debug !== noDebug;
}

/** Returns the log with `prefix` before each line: parallel builds write to one log. A log that is off stays off. */
export function withPrefix(debug: Debug, prefix: string): Debug {
  return isLogged(debug) ? (text) => debug(() => text().replace(/^/gm, () => prefix)) : noDebug;
}

/**
 * Returns an error and its causes: of an expected error (`BakeError`, `Cancelled`) the messages, of any other error the stacks too, for a
 * bug report.
 */
export function traceOf(error: unknown): string {
  const expected = error instanceof BakeError || error instanceof Cancelled;
  const lines: string[] = [];
  for (let each: unknown = error, depth = 0; each !== undefined && depth < DEEPEST; depth++) {
    const text = expected || !(each instanceof Error) ? describe(each) : (each.stack ?? describe(each));
    lines.push(depth === 0 ? text : `Caused by: ${text}`);
    each = each instanceof Error ? each.cause : undefined;
  }
  return lines.join("\n");
}

function describe(error: unknown): string {
  if (error instanceof BakeError) return `${error.name} (${error.code}): ${error.message}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** Number of causes that are printed; a chain of causes can be a circle. */
const DEEPEST = 5;
