import type { DecodeContext } from "./context.js";
import { constant } from "./decoding.js";

/** Options whose text is final: there is nothing to render, as with data sources (Packer §3.6). */
export const PLAIN_TEXT: DecodeContext = {
  language: "hcl2",
  render: (node) => ({ ok: true, value: node.value }),
  compile: (node) => ({ ok: true, value: constant(node.value) }),
};
