/**
 * Writes to the debug log. `text` is called only if the log is on, so that a log that is off builds no text. The text may have several
 * lines. It must not have a secret that is not masked yet: no request or response bodies, headers, commands, or values of variables.
 */
export type Debug = (text: () => string) => void;

/** The debug log that is off. */
export const noDebug: Debug = () => undefined;

/** Returns the stack of an error and of its causes, for reports of unexpected errors. */
export function stackOf(error: unknown): string {
  const lines: string[] = [];
  for (let each: unknown = error, depth = 0; each !== undefined && depth < DEEPEST; depth++) {
    const text = each instanceof Error ? (each.stack ?? String(each)) : String(each);
    lines.push(depth === 0 ? text : `Caused by: ${text}`);
    each = each instanceof Error ? each.cause : undefined;
  }
  return lines.join("\n");
}

/** Number of causes that are printed; a chain of causes can be a circle. */
const DEEPEST = 5;
