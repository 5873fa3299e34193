import { isUnanswered } from "../../../aws/client/errors.js";
import { throwIfAborted } from "../../../core/clock.js";
import type { Diagnostic } from "../../../core/diagnostics.js";
import { InvalidTemplate, messageOf, toDiagnostic, withRange } from "../../../core/errors.js";
import type { ReadingContext } from "../../../core/parts.js";
import { listed } from "../look/access-choice.js";

/** The lookups of a preview: one that fails does not end the others. */
export interface PreviewLookups {
  /**
   * Returns what `reading` returns. Undefined when AWS could not be asked, or denied it, which is noted as `what`; and when a bake would fail
   * with the error, which is a problem. Rejects when the run is cancelled.
   */
  read<T>(what: string, reading: () => T | Promise<T>): Promise<{ readonly value: T } | undefined>;
  /** Notes an error as `read` does. */
  note(what: string, error: unknown): void;
  /** What could not be looked up: a sentence for each reason. */
  notLookedUp(): readonly string[];
  /** Errors that a bake would end with. */
  readonly problems: readonly Diagnostic[];
}

/** Returns the lookups of one build. */
export function previewLookups({ signal, range }: Pick<ReadingContext, "signal" | "range">): PreviewLookups {
  const unanswered = new Map<string, string[]>();
  const problems: Diagnostic[] = [];
  const note = (what: string, error: unknown): void => {
    throwIfAborted(signal);
    if (isUnanswered(error)) {
      const reason = messageOf(error);
      unanswered.set(reason, [...(unanswered.get(reason) ?? []), what]);
      return;
    }
    problems.push(...(error instanceof InvalidTemplate ? error.diagnostics : [toDiagnostic(withRange(error, range))]));
  };
  return {
    problems,
    note,
    async read(what, reading) {
      try {
        return { value: await reading() };
      } catch (error) {
        note(what, error);
        return undefined;
      }
    },
    notLookedUp: () =>
      [...unanswered].map(([reason, what]) => `${sentence(listed(what))} could not be read: ${reason}`),
  };
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
