import type { Diagnostic } from "../core/diagnostics.js";
import type { BakeEvent, Listener } from "../core/events.js";
import type { PlanPreview } from "../core/preview.js";
import { type Setting, withSettings } from "../core/setting.js";

/** How a front end words diagnostics: the action has inputs, the command line has flags. */
export interface Wording {
  /** Returns what the front end calls a setting; `isFirst` is true at the start of a text. */
  readonly notation: (name: Setting, isFirst: boolean) => string;
  /** Hints that replace those of the engine, by the code of the diagnostic. Each situation has a code of its own. */
  readonly hints: Readonly<Record<string, string>>;
}

/** Returns the diagnostic in the words of a front end. */
export function inWords(diagnostic: Diagnostic, { notation, hints }: Wording): Diagnostic {
  const { code, summary, detail, hint } = diagnostic;
  const text = (part: string | undefined) => part && withSettings(part, notation);
  const own = Object.hasOwn(hints, code) ? hints[code] : undefined;
  return {
    ...diagnostic,
    summary: withSettings(summary, notation),
    ...(detail === undefined ? {} : { detail: text(detail) }),
    ...(hint === undefined ? {} : { hint: text(own ?? hint) }),
  };
}

/** Returns a listener that passes on every diagnostic with the words of a front end. */
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

/** Returns the plan in the words of a front end. */
export function planInWords(plan: PlanPreview, words: Wording): PlanPreview {
  const text = (part: string) => withSettings(part, words.notation);
  const builds = plan.builds.map((build) => ({
    ...build,
    reason: text(build.reason),
    notLookedUp: build.notLookedUp.map(text),
    knownLater: build.knownLater.map(text),
    problems: build.problems.map((problem) => inWords(problem, words)),
  }));
  return { ...plan, builds };
}
