import type { Fields } from "../../core/late.js";
import type { Range } from "../../core/source.js";
import type { DecodeContext } from "../../options/context.js";
import type { StringNode } from "../../options/node.js";
import type { TextFunctions } from "./function.js";

/** What Go-template text may call and see: made by a language front end, for one build at one moment. */
export interface TextEnvironment {
  readonly language: "json" | "hcl2";
  /** Usually `packerFunctions(…)`; Go's own (`eq`, `printf`, …) are always there. */
  readonly functions: TextFunctions;
  /** Value of `.` where text is rendered at once; a field that is not there prints `<no value>`. */
  readonly fields?: Fields;
  /**
   * Place of the characters [start, end) of a string's value in its file; without it, or where it answers undefined,
   * complaints stand at the whole string.
   */
  readonly locate?: (node: StringNode, start: number, end: number) => Range | undefined;
}

/** How the schemas render text in this environment (Packer §1.9). */
export declare function makeDecodeContext(environment: TextEnvironment): DecodeContext;
