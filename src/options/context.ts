import type { Diagnostic } from "../core/diagnostics.js";
import type { LateText } from "../core/late.js";
import type { StringNode } from "./node.js";

/** A value, or the diagnostics that stand in its place. */
export type Attempt<T> =
  | { readonly ok: true; readonly value: T; readonly warnings?: readonly Diagnostic[] | undefined }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/**
 * What options are written in: a template of either language, the inputs of a workflow or the flags of a command. The forms of keys
 * (`tags` / `tag` blocks) and the words for true and false differ.
 */
export type OptionLanguage = "json" | "hcl2" | "input" | "flag";

/** How complaints about options are worded where these are not in a template, and so have no place in one. */
export interface OptionWording {
  /** The option at `path` (e.g. `regions[0]`) has a wrong value; `what` completes `X …`. */
  wrong(path: string, what: string, hint: string | undefined): Diagnostic;
  /** The required option at `path` is not given. */
  missing(path: string): Diagnostic;
}

/** How text in options is rendered; given by the language front end, for one build at one moment. */
export interface DecodeContext {
  readonly language: OptionLanguage;
  /** Undefined words them as for a template: `"path" …`, with the place. */
  readonly wording?: OptionWording | undefined;
  /** Renders Go-template text now (Packer §1.9 "decode time"). */
  render(node: StringNode): Attempt<string>;
  /** Compiles Go-template text that is rendered during the run; reports syntax errors and unknown functions now. */
  compile(node: StringNode): Attempt<LateText>;
}

/** Options whose text is final: there is nothing to render, as with data sources (Packer §3.6). */
export const PLAIN_TEXT: DecodeContext = {
  language: "hcl2",
  render: (node) => ({ ok: true, value: node.value }),
  compile: (node) => ({ ok: true, value: constant(node.value) }),
};

/** Late text without template parts. */
export function constant(text: string): LateText {
  return { source: text, render: () => text };
}

/** Text that stands for a value known only during the run, at plan time. */
export const PLACEHOLDER = "<unknown>";

/** Whether text holds a value that is not known yet: it can be neither parsed nor checked. */
export function isPlaceholder(text: string): boolean {
  return text.includes(PLACEHOLDER);
}
