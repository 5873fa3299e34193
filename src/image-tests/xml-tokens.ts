import { BakeError } from "../core/errors.js";

/** A piece of an XML document. An empty element is an `open` and a `close`. */
export type XmlToken =
  | { readonly kind: "open"; readonly name: string; readonly attributes: ReadonlyMap<string, string> }
  | { readonly kind: "close"; readonly name: string }
  | { readonly kind: "text"; readonly text: string };

/** Code of the errors of text that is not a document that is read. Their message completes `The XML …`. */
export const XML_PROBLEM = "xml-problem";

function problem(what: string): BakeError {
  return new BakeError(what, { code: XML_PROBLEM });
}

/** Deepest nesting of elements. */
const DEEPEST = 100;

const NAME = /[\p{L}_:][\p{L}\p{N}_:.-]*/uy;
const ATTRIBUTE = /\s+([\p{L}_:][\p{L}\p{N}_:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/uy;
const TAG_END = /\s*(\/?)>/y;

/**
 * Yields the pieces of the element that begins at `at`, and returns the place after it. Only the five entities of XML 1.0 §4.6 and
 * character references are replaced: a document type declaration, which could define others, is refused. Throws a `BakeError` (`XML_PROBLEM`)
 * for text that is not well-formed or ends early.
 */
export function* xmlTokens(text: string, at: number): Generator<XmlToken, number> {
  const open: string[] = [];
  let next = at;
  do {
    const start = text.indexOf("<", next);
    if (start < 0) throw problem("ends early");
    if (start > next) yield { kind: "text", text: decoded(text.slice(next, start)) };
    if (text.startsWith("<!--", start)) next = after(text, "-->", start);
    else if (text.startsWith("<?", start)) next = after(text, "?>", start);
    else if (text.startsWith("<![CDATA[", start)) {
      next = after(text, "]]>", start);
      yield { kind: "text", text: text.slice(start + "<![CDATA[".length, next - "]]>".length) };
    } else if (text.startsWith("<!", start)) {
      throw problem("has a document type declaration, which is not read");
    } else if (text.startsWith("</", start)) {
      next = after(text, ">", start);
      const name = text.slice(start + 2, next - 1).trimEnd();
      if (open.pop() !== name) throw problem(`has an end tag without a start tag: "</${name.slice(0, 40)}>"`);
      yield { kind: "close", name };
    } else {
      const tag = readTag(text, start);
      next = tag.next;
      yield { kind: "open", name: tag.name, attributes: tag.attributes };
      if (tag.empty) yield { kind: "close", name: tag.name };
      else if (open.push(tag.name) > DEEPEST) throw problem("has too many nested elements");
    }
  } while (open.length > 0);
  return next;
}

function after(text: string, end: string, from: number): number {
  const found = text.indexOf(end, from);
  if (found < 0) throw problem("ends early");
  return found + end.length;
}

interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly empty: boolean;
  readonly next: number;
}

function readTag(text: string, start: number): Tag {
  const name = matchAt(NAME, text, start + 1)?.[0];
  if (name === undefined) throw problem('has a "<" that begins no tag');
  const attributes = new Map<string, string>();
  let next = start + 1 + name.length;
  for (let found = matchAt(ATTRIBUTE, text, next); found; found = matchAt(ATTRIBUTE, text, next)) {
    attributes.set(found[1] ?? "", decoded(found[2] ?? found[3] ?? ""));
    next += found[0].length;
  }
  const end = matchAt(TAG_END, text, next);
  if (!end) throw problem(text.indexOf(">", next) < 0 ? "ends early" : `has a tag with an error: "<${name}"`);
  return { name, attributes, empty: end[1] === "/", next: next + end[0].length };
}

/** Matches a sticky pattern at a place. */
function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** Replaces references once: `&amp;lt;` is `&lt;`. Unknown entities are kept as text. */
function decoded(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(lt|gt|amp|quot|apos));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : "\uFFFD";
  });
}
