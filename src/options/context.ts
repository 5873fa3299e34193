import type { Diagnostic } from "../core/diagnostics.js";
import type { LateText } from "../core/late.js";
import type { StringNode } from "./node.js";

/** A value, or the diagnostics when there is none. */
export type Attempt<T> =
  | { readonly ok: true; readonly value: T; readonly warnings?: readonly Diagnostic[] | undefined }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/**
 * Where options are written: in a template of either language, in the inputs of a workflow or in the flags of a command. The forms
 * of keys (`tags` / `tag` blocks) and the words for true and false differ.
 */
export type OptionLanguage = "json" | "hcl2" | "input" | "flag";

/** Messages about options that are not in a template, and so have no place in one. */
export interface OptionWording {
  /** Returns the error that the option at `path` (e.g. `regions[0]`) has a wrong value. `what` completes `X …`. */
  wrong(path: string, what: string, hint: string | undefined): Diagnostic;
  /** Returns the error that the required option at `path` is missing. */
  missing(path: string): Diagnostic;
}

/** How text in options is rendered, by the language of the template, for one build at one moment. */
export interface DecodeContext {
  readonly language: OptionLanguage;
  /** Undefined: messages are about a template, `"path" …`, with the place. */
  readonly wording?: OptionWording | undefined;
  /** Renders Go-template text now (Packer §1.9 "decode time"). */
  render(node: StringNode): Attempt<string>;
  /** Compiles Go-template text that is rendered during the run. Returns syntax errors and unknown functions now. */
  compile(node: StringNode): Attempt<LateText>;
}

/** Options without template text, such as those of data sources (Packer §3.6). */
export const PLAIN_TEXT: DecodeContext = {
  language: "hcl2",
  render: (node) => ({ ok: true, value: node.value }),
  compile: (node) => ({ ok: true, value: constant(node.value) }),
};

/** Returns late text without template parts. */
export function constant(text: string): LateText {
  return { source: text, render: () => text };
}

/** Text used at plan time in place of a value that is known only during the run. */
export const PLACEHOLDER = "<unknown>";

/** Returns whether text contains a value that is not known yet. Such text can be neither parsed nor checked. */
export function isPlaceholder(text: string): boolean {
  return text.includes(PLACEHOLDER);
}
