/** An element. Prefixes of names are removed: the vocabularies of WS-Management do not clash. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Text of the element itself, without that of its children. */
  readonly text: string;
}

/** The document is not XML, or more than a response of WinRM can be. */
export class XmlError extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = "XmlError";
  }
}

const DEEPEST = 64;
const MOST_ELEMENTS = 20_000;

interface Open {
  readonly name: string;
  readonly qualified: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  text: string;
}

/**
 * Returns the root element of a document. The text comes from a machine that is not trusted: document types and entities that they could
 * define are refused, depth and number of elements are limited, and the time is linear. Throws an `XmlError`.
 */
export function readXml(text: string): XmlElement {
  const stack: Open[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  const close = (open: Open): void => {
    const { name, attributes, children, text: content } = open;
    const element: XmlElement = { name, attributes, children, text: content };
    const parent = stack.at(-1);
    if (parent) parent.children.push(element);
    else root = element;
  };
  for (let at = 0; at < text.length; ) {
    const start = text.indexOf("<", at);
    const between = text.slice(at, start < 0 ? text.length : start);
    const inside = stack.at(-1);
    if (inside) inside.text += decodeEntities(between);
    else if (between.trim() !== "" && between.trim() !== "\uFEFF") throw new XmlError("text outside the root element");
    if (start < 0) break;
    if (text.startsWith("<![CDATA[", start)) {
      const end = endOf(text, "]]>", start + 9);
      if (!inside) throw new XmlError("text outside the root element");
      inside.text += text.slice(start + 9, end);
      at = end + 3;
    } else if (text.startsWith("<!--", start)) at = endOf(text, "-->", start + 4) + 3;
    else if (text.startsWith("<?", start)) at = endOf(text, "?>", start + 2) + 2;
    else if (text.startsWith("<!", start)) throw new XmlError("a document type is not accepted");
    else if (text.startsWith("</", start)) {
      const end = endOf(text, ">", start + 2);
      const open = stack.pop();
      if (open?.qualified !== text.slice(start + 2, end).trim()) throw new XmlError("an end tag without its start tag");
      close(open);
      at = end + 1;
    } else {
      if (root) throw new XmlError("two root elements");
      elements += 1;
      if (elements > MOST_ELEMENTS) throw new XmlError("too many elements");
      const tag = readTag(text, start + 1);
      const open: Open = { ...tag, name: localName(tag.qualified), children: [], text: "" };
      if (tag.empty) close(open);
      else if (stack.push(open) > DEEPEST) throw new XmlError("elements are nested too deep");
      at = tag.end;
    }
  }
  if (stack.length > 0 || !root) throw new XmlError("the document is not complete");
  return root;
}

/** Returns the first element below `element` (or itself) with the name, in document order. */
export function findElement(element: XmlElement, name: string): XmlElement | undefined {
  if (element.name === name) return element;
  for (const child of element.children) {
    const found = findElement(child, name);
    if (found) return found;
  }
  return undefined;
}

/** Returns the direct children with the name. */
export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** Returns text as the content of an element or attribute. Carriage returns and line feeds are kept by the reader of the other side. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"\r\n\t]/g, (char) => ESCAPES[char] ?? char);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
  "\n": "&#10;",
  "\t": "&#9;",
};

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Replaces the five entities of XML and character references. Throws an `XmlError` for any other. */
export function decodeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&([^;&]{0,12});?/g, (whole, name: string) => {
    const named = whole.endsWith(";") ? NAMED[name] : undefined;
    if (named !== undefined) return named;
    const number = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name);
    const code = number ? Number.parseInt(number[1] ?? number[2] ?? "", number[1] === undefined ? 10 : 16) : -1;
    if (!whole.endsWith(";") || code < 0 || code > 0x10ffff) throw new XmlError("an entity that XML does not define");
    return String.fromCodePoint(code);
  });
}

function endOf(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from);
  if (end < 0) throw new XmlError("the document is not complete");
  return end;
}

function localName(qualified: string): string {
  return qualified.slice(qualified.indexOf(":") + 1);
}

interface Tag {
  readonly qualified: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly empty: boolean;
  /** Index after the tag. */
  readonly end: number;
}

const NAME = /[A-Za-z_][\w.:-]*/y;
const ATTRIBUTE = /\s+([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const TAG_END = /\s*(\/?)>/y;

function readTag(text: string, from: number): Tag {
  const name = match(NAME, text, from);
  if (!name) throw new XmlError("a tag without a name");
  const attributes = new Map<string, string>();
  let at = from + name[0].length;
  for (let found = match(ATTRIBUTE, text, at); found; found = match(ATTRIBUTE, text, at)) {
    attributes.set(localName(found[1] ?? ""), decodeEntities(found[2] ?? found[3] ?? ""));
    at += found[0].length;
  }
  const end = match(TAG_END, text, at);
  if (!end) throw new XmlError("a tag that is not closed");
  return { qualified: name[0], attributes, empty: end[1] === "/", end: at + end[0].length };
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
