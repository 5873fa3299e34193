import { BakeError } from "../core/errors.js";

/** The values of the placeholders of a parameter name pattern. */
export interface ParameterNameParts {
  readonly image: string;
  readonly build: string;
  readonly region: string;
  readonly arch: string;
}

/** The placeholders of a pattern. */
const PLACEHOLDERS = ["image", "build", "region", "arch"] as const;

/** Reserved prefixes of Parameter Store (Systems Manager user guide, "parameter names"). */
const RESERVED = /^\/?(aws|ssm)/i;

/**
 * Returns the parameter name for a pattern such as `/images/{image}/latest`.
 * Throws a `BakeError` for an unknown placeholder or a name that Parameter Store rejects
 * (PutParameter: letters, digits, `. - _ /`, at most 15 levels and 1011 characters, not starting with `aws` or `ssm`).
 */
export function parameterName(pattern: string, parts: ParameterNameParts): string {
  const name = pattern.replace(/\{([^{}]*)\}/g, (whole, word: string) => {
    const known = PLACEHOLDERS.find((each) => each === word);
    if (!known) {
      throw new BakeError(`Unknown placeholder "${whole}" in the parameter name "${pattern}"`, {
        code: "parameter-name-word",
        hint: `Use ${PLACEHOLDERS.map((each) => `{${each}}`).join(", ")}.`,
      });
    }
    return cleanName(parts[known]);
  });
  const complaint = refuse(name);
  if (complaint) {
    throw new BakeError(`Parameter name "${name}" ${complaint}`, {
      code: "parameter-name",
      hint: 'Change "ssm-parameter" or "image".',
    });
  }
  return name;
}

/** Replaces characters that are not allowed in a level of a parameter name by `-`. */
export function cleanName(part: string): string {
  return part.replace(/[^\w.-]+/g, "-");
}

/** Throws a `BakeError` for a parameter name that Parameter Store would reject. */
export function checkParameterName(name: string): void {
  const complaint = refuse(name);
  if (complaint === undefined) return;
  throw new BakeError(`Parameter name "${name}" ${complaint}`, {
    code: "parameter-name",
    hint: name.includes(":")
      ? 'Set the name without the label, such as /images/web/latest, and set "label".'
      : "Set a name that Parameter Store accepts, such as /images/web/latest.",
  });
}

function refuse(name: string): string | undefined {
  if (!/^[\w./-]+$/.test(name)) return "has characters other than letters, digits and . - _ /";
  if (name.length > 1011) return "is longer than 1011 characters";
  if (name.split("/").filter((level) => level !== "").length > 15) return "has more than 15 levels";
  if (name.includes("/") && !name.startsWith("/")) return 'has levels but does not start with "/"';
  if (name.includes("//") || name.endsWith("/")) return "has an empty level";
  return RESERVED.test(name) ? 'starts with "aws" or "ssm", which are reserved' : undefined;
}
