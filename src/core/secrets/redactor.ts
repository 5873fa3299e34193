import { plain, plainStream } from "../plain.js";
import { formsOf } from "./forms.js";
import { MASK, maskLines, maskText } from "./masking.js";
import { compilePatterns, type Patterns } from "./matcher.js";

/** The secrets of a run. Replaces them in everything that the run prints, writes or sends for people. */
export interface Redactor {
  /** Adds a secret. It is replaced in all further text. */
  add(secret: string): void;
  /** Returns the text without terminal sequences and control characters, with secrets replaced. */
  redact(text: string): string;
  /** Returns the text with secrets replaced and nothing else changed: for text that already has colors, or is the output itself. */
  mask(text: string): string;
  /** Returns the text with `*` for each character of a secret: places in the text stay the same. Newlines are kept. */
  conceal(text: string): string;
  /** Does what `redact` does to a stream of any chunks, and keeps carriage returns. Emits each line when its newline arrives. */
  stream(emit: (text: string) => void): TextStream;
}

/** A stream of text. */
export interface TextStream {
  push(text: string): void;
  /** Emits what is held back. A long beginning of a secret at the very end is replaced, too. */
  end(): void;
}

/**
 * Returns a redactor without secrets. It replaces the forms of `formsOf`, wherever they are in a text, however the text is divided. Overlapping
 * secrets become one `<sensitive>`. Time is linear in the length of the text.
 */
export function redactor(): Redactor {
  const secrets = new Set<string>();
  // In text that was redacted before, the mask is no secret.
  const forms = new Set<string>([MASK]);
  let compiled: Patterns | undefined;
  const patterns = (): Patterns | undefined => {
    if (compiled === undefined && forms.size > 1) compiled = compilePatterns(forms);
    return compiled;
  };
  const replaceIn = (text: string, replacement: (match: string) => string) => {
    const known = patterns();
    return known === undefined ? text : maskText(text, known, replacement);
  };
  const mask = (text: string) => replaceIn(text, () => MASK);
  return {
    add(secret) {
      if (secrets.has(secret)) return;
      secrets.add(secret);
      const before = forms.size;
      for (const form of formsOf(secret)) forms.add(form);
      if (forms.size !== before) compiled = undefined;
    },
    redact: (text) => mask(plain(text)),
    mask,
    conceal: (text) => replaceIn(text, (match) => match.replace(/[^\n]/g, "*")),
    stream: (emit) => redactStream(patterns, emit),
  };
}

function redactStream(patterns: () => Patterns | undefined, emit: (text: string) => void): TextStream {
  const controls = plainStream();
  const line = maskLines(patterns, emit);
  return {
    push(text) {
      for (const [i, piece] of controls.push(text).split("\n").entries()) {
        if (i > 0) {
          line.end();
          emit("\n");
        }
        if (piece !== "") line.push(piece);
      }
    },
    end: line.cutOff,
  };
}
