import type { Diagnostic } from "../core/diagnostics.js";
import type { LateText } from "../core/late.js";
import type { StringNode } from "./node.js";

/** A value, or the diagnostics that stand in its place. */
export type Attempt<T> =
  | { readonly ok: true; readonly value: T; readonly warnings?: readonly Diagnostic[] | undefined }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** How text in options is rendered; given by the language front end, for one build at one moment. */
export interface DecodeContext {
  /** Which language the template is in: the forms of keys (`tags` / `tag` blocks) differ in messages. */
  readonly language: "json" | "hcl2";
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
