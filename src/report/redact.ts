import type { BakeEvent, Listener } from "../core/events.js";

/** Replaces a secret, as in Packer. */
const MASK = "<sensitive>";

/** Shortest secret, in bytes, whose encoded forms are replaced: those of shorter ones would match by chance. */
const SHORTEST_ENCODED = 6;

/** First and last line of a key: not secret, and part of many files. */
const HEADING = /^-----(BEGIN|END) [A-Z0-9 ]+-----$/;

/** Replaces secrets in text. */
export interface Redactor {
  add(secret: string): void;
  redact(text: string): string;
}

/**
 * Replaces every secret that was added: the text, each of its lines, and its base64 (at all three offsets), base64url, URL-encoded,
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

/** Shorter words are replaced only as separate words: they are part of other words by chance ("test" in "latest"). */
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

/** Base64 of a secret that begins at byte 0, 1 or 2 of a group of three: only the characters that depend on no other byte. */
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

/** Keys whose values bake-ami sets. They are never redacted, so that an event keeps its type. */
const FIXED_KEYS = new Set(["type", "severity", "code", "outcome", "action", "stream", "kind", "builderId"]);

/** Returns the event with every text redacted. A `secret` event is not changed: its listener masks the value. */
export function redactEvent(event: BakeEvent, secrets: Redactor): BakeEvent {
  return event.type === "secret" ? event : redactDeep(event, secrets);
}

/** Returns a plain value with every text redacted. */
export function redactDeep<T>(value: T, secrets: Redactor): T {
  return redactValue(value, secrets) as T;
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
