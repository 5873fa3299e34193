import { plain, plainLine } from "../../core/plain.js";

/** Characters with a meaning in GitHub's Markdown or in HTML. They are escaped as numeric references. */
const MARKUP = /[&<>"'`*_~[\]()!#|\\@:{}$^=+]/g;

/** Beginnings of mentions and references to issues. A zero-width space after them prevents the link. */
const REFERENCES = /([@#]|GH-)(?=\w)/gi;

/** Foreign text in a sentence: no markup, no mention, no link, on one line. */
export function prose(text: string): string {
  return escapeMarkup(plainLine(text).replace(REFERENCES, "$1\u200b")).replace(/www\./gi, (match) =>
    match.replace(".", "&#46;"),
  );
}

/** Text that needs no escaping in a code span: it cannot end the span or a table cell. */
const HARMLESS = /^[\w./:+=-]+$/;

/** Foreign text in a code span, for names and ids. Safe inside links. */
export function code(text: string): string {
  return HARMLESS.test(text) ? `\`${text}\`` : `<code>${escapeMarkup(plainLine(text))}</code>`;
}

/** A name in double quotes in a message: without white space, so that quoted sentences stay as they are. */
const QUOTED_NAME = /"([^"\s]{1,120})"/g;

/** A foreign message in a sentence: as `prose`, but names in double quotes become code spans. */
export function message(text: string): string {
  return plainLine(text)
    .split(QUOTED_NAME)
    .map((piece, index) => (index % 2 === 1 ? code(piece) : prose(piece)))
    .join("");
}

/** Foreign text of several lines in a fenced block that it cannot close. */
export function fenced(text: string): string {
  const clean = plain(text).replaceAll("\t", "    ");
  const longest = Math.max(0, ...[...clean.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = "`".repeat(Math.max(3, longest + 1));
  return `${fence}text\n${clean}\n${fence}`;
}

/** A link; `url` must be ours, its parts URL-encoded. `label` is Markdown already escaped. */
export function link(label: string, url: string | undefined): string {
  return url === undefined ? label : `[${label}](${url.replace(/[()\\<>|\s]/g, encodeCharacter)})`;
}

function encodeCharacter(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

/** A section that is folded until it is clicked. */
export function folded(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

function escapeMarkup(text: string): string {
  return text.replace(MARKUP, (char) => `&#${char.charCodeAt(0)};`);
}
