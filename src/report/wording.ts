import type { Diagnostic } from "../core/diagnostics.js";
import type { BakeEvent, Listener } from "../core/events.js";

/** Texts of a front end for a diagnostic: the action has inputs, the command line has flags. */
export interface Words {
  /** Returns the new summary. */
  readonly summary?: ((text: string) => string) | undefined;
  /** Replaces the hint. A function renames settings in it: it never chooses between hints, because each situation has a code of its own. */
  readonly hint?: string | ((text: string) => string) | undefined;
}

/** The texts of a front end, by the code of the diagnostic. */
export type Wording = Readonly<Record<string, Words>>;

/** Returns the diagnostic with the texts of a front end. */
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

/** Returns a listener that passes on every diagnostic with the texts of a front end. */
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
