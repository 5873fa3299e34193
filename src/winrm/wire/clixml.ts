import { decodeEntities, XmlError } from "./xml.js";

/** Line before serialized output ([MS-PSRP] §2.2.5.1 is its vocabulary). */
const MARK = "#< CLIXML";
/** Longest record that is kept, in characters. */
const LONGEST = 1_000_000;

/** Prefixes of PowerShell for the streams that are shown; errors have none. */
const PREFIXES: Readonly<Record<string, string>> = {
  error: "",
  warning: "WARNING: ",
  verbose: "VERBOSE: ",
  debug: "DEBUG: ",
};

/** Converts a stream of text, in pieces of any size. */
export interface TextFilter {
  push(text: string): string;
  /** Returns the rest. */
  end(): string;
}

/**
 * Returns a filter that converts what PowerShell writes to standard error if it is not a terminal (CLIXML) to lines of text: errors and
 * warnings are kept, progress and the copies of other output are removed. Other text is passed as it is.
 */
export function clixmlFilter(): TextFilter {
  let rest = "";
  /** `after`: after a document, whose line end is not shown. */
  let state: "line" | "text" | "xml" | "after" = "line";
  let skipping: { depth: number; readonly shown: boolean } | undefined;

  /** Returns the text up to the mark at the begin of a line. */
  const readText = (final: boolean): string | undefined => {
    let shown = "";
    if (state === "after") {
      if (!final && "\r\n".startsWith(rest)) return undefined;
      rest = rest.replace(/^\r?\n/, "");
      state = "line";
    }
    while (rest !== "") {
      if (state === "line" && rest.startsWith(MARK)) {
        rest = rest.slice(MARK.length);
        state = "xml";
        return shown;
      }
      if (state === "line" && !final && MARK.startsWith(rest)) return shown || undefined;
      const newline = rest.indexOf("\n");
      const end = newline < 0 ? rest.length : newline + 1;
      shown += rest.slice(0, end);
      rest = rest.slice(end);
      state = newline < 0 ? "text" : "line";
    }
    return shown || undefined;
  };

  /** Returns the text of the next record; undefined if more of the document is needed. */
  const readRecord = (): string | undefined => {
    const start = rest.indexOf("<");
    if (start < 0) {
      rest = "";
      return undefined;
    }
    const end = rest.indexOf(">", start);
    if (end < 0) {
      rest = rest.slice(start);
      return undefined;
    }
    const tag = rest.slice(start + 1, end);
    if (skipping) return readObject(tag, end);
    if (/^Obj\b/.test(tag) && !tag.endsWith("/")) {
      skipping = { depth: 1, shown: PREFIXES[streamOf(tag)] !== undefined };
    } else if (/^S\b/.test(tag) && !tag.endsWith("/")) return readString(tag, end);
    rest = rest.slice(end + 1);
    if (tag === "/Objs") state = "after";
    return "";
  };

  const readString = (tag: string, end: number): string | undefined => {
    const close = rest.indexOf("</S>", end);
    if (close < 0) return undefined;
    const text = rest.slice(end + 1, close);
    rest = rest.slice(close + 4);
    const prefix = PREFIXES[streamOf(tag)];
    return prefix === undefined ? "" : prefix + decodeRecord(text);
  };

  /** Passes over an object. Of an error, its text is shown. */
  const readObject = (tag: string, end: number): string | undefined => {
    if (!skipping) return "";
    if (tag === "ToString" && skipping.shown) {
      const close = rest.indexOf("</ToString>", end);
      if (close < 0) return undefined;
      const text = decodeRecord(rest.slice(end + 1, close));
      rest = rest.slice(close);
      return `${text}\n`;
    }
    if (/^Obj\b/.test(tag) && !tag.endsWith("/")) skipping.depth += 1;
    if (tag === "/Obj") skipping.depth -= 1;
    if (skipping.depth === 0) skipping = undefined;
    rest = rest.slice(end + 1);
    return "";
  };

  const read = (final: boolean): string => {
    let shown = "";
    for (;;) {
      const piece = state === "xml" ? readRecord() : readText(final);
      if (piece === undefined) break;
      shown += piece;
    }
    if (rest.length <= LONGEST && !final) return shown;
    // Not a document, or one without an end: nothing is lost.
    shown += rest;
    rest = "";
    state = "text";
    skipping = undefined;
    return shown;
  };

  return {
    push(text) {
      rest += text;
      return read(false);
    },
    end: () => read(true),
  };
}

function streamOf(tag: string): string {
  return (/\bS="([A-Za-z]+)"/.exec(tag)?.[1] ?? "").toLowerCase();
}

/** Returns the text of a record: entities, and `_x000A_` for characters that XML does not have. */
function decodeRecord(text: string): string {
  const escaped = (coded: string) =>
    coded.replace(/_x([0-9A-Fa-f]{4})_/g, (_whole, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  try {
    return escaped(decodeEntities(text));
  } catch (error) {
    if (error instanceof XmlError) return escaped(text);
    throw error;
  }
}
