import type { BakeEvent, Listener } from "../core/events.js";
import type { BuildPreview, PlanPreview } from "../core/preview.js";
import type { Redactor } from "../core/secrets/redactor.js";
import type { SourceText } from "../core/source.js";

/** Keys whose values bake-ami sets. They are never redacted, so that an event keeps its type. */
const FIXED_KEYS = new Set(["type", "severity", "code", "outcome", "action", "stream", "kind", "builderId"]);

/** Returns the event with every text redacted. A `secret` event is not changed: its listener masks the value. */
export function redactEvent(event: BakeEvent, secrets: Redactor): BakeEvent {
  return event.type === "secret" ? event : redactDeep(event, secrets);
}

/**
 * Returns files whose secrets are concealed, for excerpts. An excerpt is cut from a line by its columns: text that was redacted before has other
 * columns, and after the cut a secret may be in halves.
 */
export function concealSources(sources: readonly SourceText[], secrets: Redactor): readonly SourceText[] {
  return sources.map((source) => ({ ...source, text: secrets.conceal(source.text) }));
}

/** Returns printed text, with colors of ours, in which every secret is replaced. */
export function redactPrinted(text: string, secrets: Redactor): string {
  if (!text.includes("\u001b")) return secrets.mask(text);
  return text
    .split(/(\u001b\[[\d;]*m)/)
    .map((part, i) => (i % 2 === 1 ? part : secrets.mask(part)))
    .join("");
}

/** Returns a plain value with every text redacted. */
export function redactDeep<T>(value: T, secrets: Redactor): T {
  return redactValue(value, secrets) as T;
}

/**
 * Returns a plan for people: every text is redacted. `exact` redacts only sentences and values, for programs: ids and names stay as they
 * are, as in the outputs of a bake.
 */
export function redactPlan(plan: PlanPreview, secrets: Redactor, exact: boolean): PlanPreview {
  const builds = plan.builds.map((build): BuildPreview => {
    const { reason, changes, notLookedUp, knownLater, problems } = build;
    if (exact) return { ...build, ...redactDeep({ reason, changes, notLookedUp, knownLater, problems }, secrets) };
    const regions = build.regions.map((region) => ({ ...redactDeep(region, secrets), image: region.image }));
    return { ...redactDeep(build, secrets), decision: build.decision, regions };
  });
  return { ...plan, builds };
}

function redactValue(value: unknown, secrets: Redactor): unknown {
  if (typeof value === "string") return secrets.redact(value);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, FIXED_KEYS.has(key) ? item : redactValue(item, secrets)]),
  );
}

/** Returns a listener that adds secrets to `secrets` and passes on redacted events. */
export function redacting(listener: Listener, secrets: Redactor): Listener {
  return (event) => {
    if (event.type === "secret") secrets.add(event.value);
    listener(redactEvent(event, secrets));
  };
}
