import type { Diagnostic } from "../core/diagnostics.js";
import type { LateText } from "../core/late.js";
import type { StringNode } from "./node.js";

/** A value, or the complaint that stands in its place. */
export type Attempt<T> =
  | { readonly ok: true; readonly value: T; readonly warnings?: readonly Diagnostic[] | undefined }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** How text in options is rendered; given by the language front end, for one build at one moment. */
export interface DecodeContext {
  /** Which language the template is in: the forms of keys (`tags` / `tag` blocks) differ in messages. */
  readonly language: "json" | "hcl2";
  /** Renders Go-template text now (Packer §1.9 "decode time"). */
  render(node: StringNode): Attempt<string>;
  /** Compiles Go-template text that is rendered during the run; syntax errors and unknown functions are told now. */
  compile(node: StringNode): Attempt<LateText>;
}
