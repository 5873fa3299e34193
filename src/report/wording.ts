import type { Diagnostic } from "../core/diagnostics.js";
import type { BakeEvent, Listener } from "../core/events.js";

/** What a front end says in place of a diagnostic's own words, e.g. since it has inputs and the command line has flags. */
export interface Words {
  /** The summary in other words; undefined leaves it. */
  readonly summary?: ((text: string) => string) | undefined;
  /** Takes the place of the hint; a function where a code has several hints. */
  readonly hint?: string | ((text: string) => string) | undefined;
}

/** The words of a front end by a diagnostic's code. */
export type Wording = Readonly<Record<string, Words>>;

/** The diagnostic in the words of a front end. */
export function inWords(diagnostic: Diagnostic, wording: Wording): Diagnostic {
  const words = Object.hasOwn(wording, diagnostic.code) ? wording[diagnostic.code] : undefined;
  if (!words) return diagnostic;
  const { summary, hint } = diagnostic;
  return {
    ...diagnostic,
    summary: words.summary?.(summary) ?? summary,
    hint: hint === undefined ? undefined : hintIn(words, hint),
  };
}

function hintIn({ hint }: Words, text: string): string {
  return typeof hint === "function" ? hint(text) : (hint ?? text);
}

/** A listener that receives every diagnostic in the words of a front end. */
export function wording(listener: Listener, words: Wording): Listener {
  return (event) => listener(eventInWords(event, words));
}

function eventInWords(event: BakeEvent, words: Wording): BakeEvent {
  switch (event.type) {
    case "diagnostic":
      return { ...event, diagnostic: inWords(event.diagnostic, words) };
    case "build-failing":
      return { ...event, error: inWords(event.error, words) };
    case "build-ended":
      return event.error ? { ...event, error: inWords(event.error, words) } : event;
    default:
      return event;
  }
}
