import { AwsError, isUnanswered } from "../../../aws/client/errors.js";
import { throwIfAborted } from "../../../core/clock.js";
import type { Diagnostic } from "../../../core/diagnostics.js";
import { InvalidTemplate, messageOf, toDiagnostic, withRange } from "../../../core/errors.js";
import type { ReadingContext } from "../../../core/parts.js";
import type { AmazonEbsOptions } from "../options/schema.js";
import { optionOfRefusal } from "../refused-option.js";

/** What is read: `the parameters`, and the Region where it is one of several. */
export type LookupSubject = string | { readonly what: string; readonly region: string };

/** The lookups of a preview: one that fails does not end the others. */
export interface PreviewLookups {
  /**
   * Returns what `reading` returns. Undefined when AWS could not be asked, or denied it, which is noted; and when a bake would fail with the
   * error, which is a problem. Rejects when the run is cancelled.
   */
  read<T>(subject: LookupSubject, reading: () => T | Promise<T>): Promise<{ readonly value: T } | undefined>;
  /** Notes an error as `read` does. */
  note(subject: LookupSubject, error: unknown): void;
  /** Adds problems that a check found. */
  add(found: readonly Diagnostic[]): void;
  /** What could not be looked up: a sentence for each reason. */
  notLookedUp(): readonly string[];
  /** Warnings, and errors that a bake would end with. */
  readonly problems: readonly Diagnostic[];
}

/** Returns the lookups of one build. */
export function previewLookups(
  options: AmazonEbsOptions,
  { signal, range, place }: Pick<ReadingContext, "signal" | "range" | "place">,
): PreviewLookups {
  const unanswered = new Map<string, LookupSubject[]>();
  const problems: Diagnostic[] = [];
  const note = (subject: LookupSubject, error: unknown): void => {
    throwIfAborted(signal);
    if (isUnanswered(error)) {
      const reason = messageOf(error);
      unanswered.set(reason, [...(unanswered.get(reason) ?? []), subject]);
      return;
    }
    const option = error instanceof AwsError ? optionOfRefusal(options, error) : undefined;
    const placed = withRange(error, option === undefined ? range : place(option));
    problems.push(...(error instanceof InvalidTemplate ? error.diagnostics : [toDiagnostic(placed)]));
  };
  return {
    problems,
    add: (found) => void problems.push(...found),
    note,
    async read(subject, reading) {
      try {
        return { value: await reading() };
      } catch (error) {
        note(subject, error);
        return undefined;
      }
    },
    notLookedUp: () =>
      [...unanswered].map(([reason, subjects]) => `${sentence(joined(named(subjects)))} could not be read: ${reason}`),
  };
}

/** Number of Regions that are named; the others are counted. */
const MOST_NAMED = 4;

/** Returns each subject once, with its Regions: `the parameters in us-east-1 and eu-west-1`. */
function named(subjects: readonly LookupSubject[]): readonly string[] {
  const regions = new Map<string, string[]>();
  for (const subject of subjects) {
    const { what, region } = typeof subject === "string" ? { what: subject, region: undefined } : subject;
    regions.set(what, [...(regions.get(what) ?? []), ...[region ?? []].flat()]);
  }
  return [...regions].map(([what, all]) => {
    if (all.length === 0) return what;
    const more = all.length > MOST_NAMED ? [`${all.length - MOST_NAMED} other Regions`] : [];
    return `${what} in ${joined([...all.slice(0, MOST_NAMED), ...more])}`;
  });
}

function joined(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
