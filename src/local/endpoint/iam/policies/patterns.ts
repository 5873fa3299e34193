/** Values of condition keys. Names of keys are in lower case: IAM compares them without case. */
export type KeyValues = ReadonlyMap<string, readonly string[]>;

/** A piece of a pattern: text that stands for itself, or a wildcard. */
type Piece = { readonly literal: string } | { readonly wildcard: "*" | "?" };

/** `${*}`, `${?}` and `${$}` stand for the character, and `${key, 'text'}` has a default. */
const VARIABLE = /\$\{(?:([*?$])|\s*([^},\s]+)\s*(?:,\s*'([^']*)'\s*)?)\}/g;

/**
 * Returns the text of a policy with its variables replaced (IAM user guide, "IAM policy elements: Variables and tags"); undefined where a
 * variable has no value, or more than one.
 */
export function withVariables(text: string, values: KeyValues): string | undefined {
  const pieces = piecesOf(text, values);
  return pieces?.map((piece) => ("literal" in piece ? piece.literal : piece.wildcard)).join("");
}

/** Returns whether a value matches a pattern with `*`, `?` and variables. A wildcard in the value of a variable stands for itself. */
export function matchesPattern(value: string, pattern: string, values: KeyValues): boolean {
  const pieces = piecesOf(pattern, values);
  return pieces !== undefined && expressionOf(pieces).test(value);
}

/** Returns whether two ARNs match, each of the six parts by itself (`ArnLike`). */
export function matchesArn(value: string, pattern: string, values: KeyValues): boolean {
  const given = arnParts(value);
  const parts = arnParts(pattern);
  if (given === undefined || parts === undefined) return false;
  return parts.every((part, index) => matchesPattern(given[index] ?? "", part, values));
}

/** Returns whether an action matches a pattern. Actions have no case and no variables. */
export function matchesAction(action: string, pattern: string): boolean {
  return matchesPattern(action.toLowerCase(), pattern.toLowerCase(), NONE);
}

const NONE: KeyValues = new Map();

/** `arn`, partition, service, Region, account, and the rest. A variable of a policy can have colons, so they are not looked for in it. */
function arnParts(arn: string): readonly string[] | undefined {
  const parts = arn.match(/(?:\$\{[^}]*\}|[^:])*(?::|$)/g)?.map((part) => part.replace(/:$/, "")) ?? [];
  // The pattern matches the empty text at the end once more.
  const whole = parts.slice(0, -1);
  if (whole.length < 6 || whole[0] !== "arn") return undefined;
  return [...whole.slice(0, 5), whole.slice(5).join(":")];
}

function piecesOf(text: string, values: KeyValues): readonly Piece[] | undefined {
  const pieces: Piece[] = [];
  let from = 0;
  for (const found of text.matchAll(VARIABLE)) {
    pieces.push(...plainPieces(text.slice(from, found.index)));
    from = found.index + found[0].length;
    const [, character, key = "", fallback] = found;
    const known = values.get(key.toLowerCase());
    const value = character ?? (known?.length === 1 ? known[0] : known === undefined ? fallback : undefined);
    if (value === undefined) return undefined;
    pieces.push({ literal: value });
  }
  return [...pieces, ...plainPieces(text.slice(from))];
}

function plainPieces(text: string): readonly Piece[] {
  return text
    .split(/([*?])/)
    .filter((part) => part !== "")
    .map((part) => (part === "*" || part === "?" ? { wildcard: part } : { literal: part }));
}

function expressionOf(pieces: readonly Piece[]): RegExp {
  const source = pieces.map((piece) => {
    if ("literal" in piece) return piece.literal.replace(/[.+*?^${}()|[\]\\/-]/g, "\\$&");
    return piece.wildcard === "*" ? ".*" : ".";
  });
  return new RegExp(`^${source.join("").replace(/(?:\.\*)+/g, ".*")}$`, "s");
}
