import type { BakeEvent, Listener } from "../core/events.js";

/** What stands in a secret's place, as Packer writes it. */
const MASK = "<sensitive>";

/** Encoded forms are replaced only of secrets this long (in bytes): shorter ones would match by chance. */
const SHORTEST_ENCODED = 6;

/** First and last line of a key: no secret, and in many a file. */
const HEADING = /^-----(BEGIN|END) [A-Z0-9 ]+-----$/;

/** Replaces secrets in text. */
export interface Redactor {
  add(secret: string): void;
  redact(text: string): string;
}

/**
 * Replaces every secret that was added: itself, each line of it, and its base64 (at all three offsets), base64url, URL-encoded,
 * JSON-escaped and XML-escaped forms. Longer forms win over shorter ones that they contain.
 */
export function redactor(): Redactor {
  const forms = new Set<string>();
  let pattern: RegExp | undefined;
  return {
    add(secret) {
      const before = forms.size;
      for (const form of formsOf(secret)) forms.add(form);
      if (forms.size !== before) pattern = patternOf(forms);
    },
    redact: (text) => (pattern ? text.replace(pattern, MASK) : text),
  };
}

function patternOf(forms: ReadonlySet<string>): RegExp {
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map(formPattern).join("|"), "g");
}

/** Words this short stand in other words by chance ("test" in "latest"): they are secrets only where they stand alone. */
const SHORTEST_WITHIN = 5;

function formPattern(form: string): string {
  if (form.length < SHORTEST_WITHIN && /^\w+$/.test(form)) return `(?<!\\w)${form}(?!\\w)`;
  return form.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function formsOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  const secrets = lines.filter((line) => !HEADING.test(line));
  const texts = [secret, secret.trim(), ...secrets].filter((text) => text.trim() !== "");
  return texts.flatMap((text) => [text, ...encodingsOf(text)]);
}

function encodingsOf(text: string): string[] {
  if (Buffer.byteLength(text) < SHORTEST_ENCODED) return [];
  const xml = text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
  const named = text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&apos;");
  return [
    ...base64Forms(text),
    encodeURIComponent(Buffer.from(text).toString()),
    new URLSearchParams([["", text]]).toString().slice(1),
    JSON.stringify(text).slice(1, -1),
    xml,
    named,
  ];
}

/** Base64 of the secret where it begins at byte 0, 1 or 2 of a group of three: the characters that depend on it alone. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const first = Math.ceil((offset * 8) / 6);
    const whole = Math.floor(((offset + bytes.length) * 8) / 6);
    const form = padded.slice(first, whole);
    return [form, form.replaceAll("+", "-").replaceAll("/", "_")];
  });
}

/** Keys whose values are words of ours and never redacted: an event stays the event it is. */
const OWN_WORDS = new Set(["type", "severity", "code", "outcome", "action", "stream", "kind", "builderId"]);

/** The event with every text in it redacted. A `secret` event is passed on as it is: its listener masks. */
export function redactEvent(event: BakeEvent, secrets: Redactor): BakeEvent {
  return event.type === "secret" ? event : redactDeep(event, secrets);
}

/** A plain value with every text in it redacted. */
export function redactDeep<T>(value: T, secrets: Redactor): T {
  return redactValue(value, secrets) as T;
}

function redactValue(value: unknown, secrets: Redactor): unknown {
  if (typeof value === "string") return secrets.redact(value);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, OWN_WORDS.has(key) ? item : redactValue(item, secrets)]),
  );
}

/** A listener that receives everything redacted; `secrets` learns every secret before it is passed on. */
export function redacting(listener: Listener, secrets: Redactor): Listener {
  return (event) => {
    if (event.type === "secret") secrets.add(event.value);
    listener(redactEvent(event, secrets));
  };
}
