import { Lexer } from "yaml";
import { fail } from "./definition.js";

/** What a YAML text may hold; the rest only as escapes. */
const CONTROLS = /[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
/** The lexer's mark before a scalar. */
const SCALAR = "\u001f";
/** So many separators are replaced: what stands behind one is another token each time. */
const MAX_ROUNDS = 500;

/**
 * The text with the line ends of YAML 1.1 as line feeds, as go-cty-yaml reads them: a lone carriage return, U+0085, and
 * between tokens U+2028 and U+2029, which in quotes and blocks stay what they are. Throws `FunctionError` for control
 * characters.
 */
export function yamlLines(text: string): string {
  if (CONTROLS.test(text)) fail("not valid YAML: it holds a control character", 0);
  let lines = text.replace(/\r\n?|\u0085/g, "\n");
  for (let round = 0; round < MAX_ROUNDS && /[\u2028\u2029]/.test(lines); round++) {
    const next = separated(lines);
    if (next === lines) break;
    lines = next;
  }
  return lines;
}

/** The first plain scalar or comment with a separator, ended by it. */
function separated(text: string): string {
  let before = "";
  let header = "";
  let scalar = false;
  let at = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === SCALAR) {
      scalar = true;
      continue;
    }
    if (!text.startsWith(token, at)) continue;
    const block = scalar && /^[|>]/.test(header);
    const loose = token.startsWith("#") || (scalar && !block && !/^["']/.test(token));
    if (loose && /[\u2028\u2029]/.test(token))
      return before + token.replace(/[\u2028\u2029]/, "\n") + text.slice(at + token.length);
    if (/^[|>]/.test(token) || scalar) header = scalar ? "" : token;
    before += token;
    at += token.length;
    scalar = false;
  }
  return text;
}
