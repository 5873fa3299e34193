import type { Operand, Pipeline } from "../../go-template/ast.js";

const CLEAN = new Set(["clean_resource_name", "clean_ami_name"]);
/** The characters that an AMI name may not hold, as a regular expression in quotes. */
const NOT_IN_NAMES = `"[^a-zA-Z0-9()\\\\[\\\\] ./'@_-]"`;

/**
 * `{{isotime | clean_resource_name}}` as an expression of HCL2: there Packer knows the function no longer. Undefined for all
 * other pipelines.
 */
export function cleanedTime({ commands, variables }: Pipeline): string | undefined {
  const [time, clean, ...more] = commands;
  if (!time || !clean || more.length > 0 || variables.length > 0 || clean.operands.length > 1) return undefined;
  if (!CLEAN.has(nameOf(clean.operands[0])) || nameOf(time.operands[0]) !== "isotime") return undefined;
  const [, layout, ...others] = time.operands;
  if (others.length > 0 || (layout && !isPlain(layout))) return undefined;
  const argument = layout && isPlain(layout) ? `"${layout.value}"` : "";
  return `regex_replace(legacy_isotime(${argument}), ${NOT_IN_NAMES}, "-")`;
}

function nameOf(operand: Operand): string {
  return operand.kind === "function" ? operand.name : "";
}

/** Text that stands in quotes as it is. */
function isPlain(operand: Operand): operand is Operand & { kind: "literal"; value: string } {
  return operand.kind === "literal" && typeof operand.value === "string" && /^[\w :.,+/-]*$/.test(operand.value);
}
