import { BakeError } from "../core/errors.js";

/** What a parameter name pattern may name. */
export interface ParameterNameParts {
  readonly image: string;
  readonly build: string;
  readonly region: string;
  readonly arch: string;
}

/** Words in braces that a pattern may hold. */
const WORDS = ["image", "build", "region", "arch"] as const;

/** Prefixes that Parameter Store keeps for itself (Systems Manager user guide, "parameter names"). */
const RESERVED = /^\/?(aws|ssm)/i;

/**
 * Fills a pattern such as `/images/{image}/latest`.
 * Throws a `BakeError` for an unknown word in braces or a name that Parameter Store refuses
 * (PutParameter: letters, digits, `. - _ /`, at most 15 levels and 1011 characters, not beginning with `aws` or `ssm`).
 */
export function parameterName(pattern: string, parts: ParameterNameParts): string {
  const name = pattern.replace(/\{([^{}]*)\}/g, (whole, word: string) => {
    const known = WORDS.find((w) => w === word);
    if (!known) {
      throw new BakeError(`unknown word ${whole} in the parameter name "${pattern}"`, {
        code: "parameter-name-word",
        hint: `Known words: ${WORDS.map((w) => `{${w}}`).join(", ")}.`,
      });
    }
    return clean(parts[known]);
  });
  const complaint = refuse(name);
  if (complaint) {
    throw new BakeError(`the parameter name "${name}" ${complaint}`, {
      code: "parameter-name",
      hint: "Change the input ssm-parameter or image.",
    });
  }
  return name;
}

/** Characters that a name may not hold become `-`. */
function clean(part: string): string {
  return part.replace(/[^\w.-]+/g, "-");
}

/** Throws a `BakeError` for a parameter that a user names and that Parameter Store would refuse. */
export function checkParameterName(name: string): void {
  const complaint = refuse(name);
  if (complaint === undefined) return;
  throw new BakeError(`the parameter name "${name}" ${complaint}`, {
    code: "parameter-name",
    hint: name.includes(":")
      ? "Name the parameter alone, such as /images/web/latest; a label on it has a flag and an input of its own: label."
      : "Name it as Parameter Store does, such as /images/web/latest.",
  });
}

function refuse(name: string): string | undefined {
  if (!/^[\w./-]+$/.test(name)) return "has characters other than letters, digits and . - _ /";
  if (name.length > 1011) return "is longer than 1011 characters";
  if (name.split("/").filter((level) => level !== "").length > 15) return "has more than 15 levels";
  if (name.includes("/") && !name.startsWith("/")) return 'has levels but does not begin with "/"';
  if (name.includes("//") || name.endsWith("/")) return "has an empty level";
  return RESERVED.test(name) ? 'begins with "aws" or "ssm", which are reserved' : undefined;
}

/** The image name where none is given: the template's file name without its extensions; the folder's name for a folder. */
export function imageNameOf(path: string): string {
  const base =
    path
      .replace(/[/\\]+$/, "")
      .split(/[/\\]/)
      .at(-1) ?? "";
  const stem = base.replace(/(\.pkr)?\.(json|hcl)$/i, "").replace(/\.(json|hcl)$/i, "");
  return clean(stem === "" || stem === "." || stem === "-" ? "image" : stem);
}
