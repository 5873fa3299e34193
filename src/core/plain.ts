/**
 * Control characters, line separators, and marks that change the direction of writing. A stream keeps carriage returns: a line of a
 * terminal starts again there.
 */
const SPECIAL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** Returns the text without terminal sequences and control characters. Newlines and tabs are kept. */
export function plain(text: string): string {
  return SPECIAL.test(text) ? plainStream().push(text).replaceAll("\r", "") : text;
}

/** The same on one line: newlines and tabs become spaces. */
export function plainLine(text: string): string {
  return plain(text).replace(/[\n\t]+/g, " ");
}

/**
 * Returns a filter that removes terminal sequences and control characters from a stream, also a sequence that is split between two chunks.
 * Newlines, tabs and carriage returns are kept. A newline ends every sequence: one that is never closed hides at most its line.
 */
export function plainStream(): { push(text: string): string } {
  let state: State = "text";
  return {
    push(text) {
      if (state === "text" && !SPECIAL.test(text)) return text;
      const kept: string[] = [];
      let from = 0;
      for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at);
        if (state === "text") {
          if (code === CARRIAGE_RETURN || !isSpecial(code)) continue;
          kept.push(text.slice(from, at));
          state = introduced(code);
          from = at + 1;
        } else {
          const next = continued(state, code);
          state = next ?? "text";
          from = at + 1;
          if (next !== undefined) continue;
          // The sequence is not complete: the character is read again as text.
          from = at;
          at -= 1;
        }
      }
      if (state === "text") kept.push(text.slice(from));
      return kept.join("");
    },
  };
}

/**
 * What a character belongs to: text; an escape sequence; a control sequence (CSI); a control string (OSC, DCS, SOS, PM, APC). `-end` is
 * the part after the first intermediate character (ECMA-48 §5.3, §5.4, §5.6, in 7-bit and 8-bit form).
 */
type State = "text" | "escape" | "escape-end" | "sequence" | "sequence-end" | "string" | "string-escape";

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const ESCAPE = 0x1b;
const BELL = 0x07;
const BACKSLASH = 0x5c;
const STRING_TERMINATOR = 0x9c;
/** Second characters of the 7-bit forms, and the 8-bit forms. */
const STRINGS: ReadonlySet<number> = new Set([0x5d, 0x50, 0x58, 0x5e, 0x5f, 0x9d, 0x90, 0x98, 0x9e, 0x9f]);
const SEQUENCES: ReadonlySet<number> = new Set([0x5b, 0x9b]);

function isSpecial(code: number): boolean {
  if (code < 0x20) return code !== NEWLINE && code !== 0x09;
  if (code < 0x7f) return false;
  return code < 0xa0 || (code >= 0x200e && code <= 0x2069 && SPECIAL.test(String.fromCharCode(code)));
}

/** Returns the state after a special character in text. */
function introduced(code: number): State {
  if (code === ESCAPE) return "escape";
  if (code < 0x80) return "text";
  if (SEQUENCES.has(code)) return "sequence";
  return STRINGS.has(code) ? "string" : "text";
}

/** Returns the state after a character within a sequence; undefined if the character does not belong to it. */
function continued(state: Exclude<State, "text">, code: number): State | undefined {
  switch (state) {
    case "string":
      if (code === BELL || code === STRING_TERMINATOR) return "text";
      if (code === ESCAPE) return "string-escape";
      return code === NEWLINE ? undefined : "string";
    case "string-escape":
      return code === BACKSLASH ? "text" : continued("escape", code);
    case "escape":
      if (code < 0x7f && SEQUENCES.has(code)) return "sequence";
      if (code < 0x7f && STRINGS.has(code)) return "string";
      return finished(code, { intermediate: "escape-end", firstFinal: 0x30 });
    case "escape-end":
      return finished(code, { intermediate: "escape-end", firstFinal: 0x30 });
    case "sequence":
      if (code >= 0x30 && code <= 0x3f) return "sequence";
      return finished(code, { intermediate: "sequence-end", firstFinal: 0x40 });
    default:
      return finished(code, { intermediate: "sequence-end", firstFinal: 0x40 });
  }
}

/** Returns the state after a character that is an intermediate or the final character of a sequence. */
function finished(
  code: number,
  { intermediate, firstFinal }: { readonly intermediate: State; readonly firstFinal: number },
): State | undefined {
  if (code >= 0x20 && code <= 0x2f) return intermediate;
  return code >= firstFinal && code <= 0x7e ? "text" : undefined;
}
