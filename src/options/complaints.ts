import { type Diagnostic, suggest } from "../core/diagnostics.js";
import type { ObjectNode, OptionEntry, OptionNode } from "./node.js";
import type { DescribedField } from "./notes.js";

/** The option at `path` has a wrong value; `what` completes `"path" …`. */
export function wrongValue(path: string, node: OptionNode, what: string, hint?: string): Diagnostic {
  return {
    severity: "error",
    code: "wrong-option-value",
    summary: `"${path}" ${what}`,
    range: node.range,
    hint,
  };
}

/** A key that no option has. */
export function unknownOption(path: string, entry: OptionEntry, names: readonly string[]): Diagnostic {
  const near = suggest(entry.key, names);
  const hint = near
    ? `Did you mean "${near}"?`
    : entry.key.startsWith("_")
      ? 'Keys that start with "_" are comments at the root of a JSON template alone.'
      : undefined;
  return {
    severity: "error",
    code: "unknown-option",
    summary: `unknown configuration key: "${path === "" ? entry.key : `${path}.${entry.key}`}"`,
    range: entry.keyRange,
    hint,
  };
}

/** A required option is not given. */
export function missingOption(path: string, field: DescribedField, parent: ObjectNode): Diagnostic {
  return {
    severity: "error",
    code: "missing-option",
    summary: `"${path}" is required`,
    detail: field.notes.doc,
    range: parent.range,
  };
}

/** An option is given more than once where only one can hold. */
export function repeatedOption(path: string, first: OptionEntry, again: OptionEntry): Diagnostic {
  return {
    severity: "error",
    code: "repeated-option",
    summary: `"${path}" is given more than once`,
    hint: "Take one of them out.",
    range: again.keyRange,
    related: { text: "The first one is here", range: first.keyRange },
  };
}

/** An HCL2 argument for a block, or a block for an argument; nothing where the form is right. */
export function wrongForm(
  path: string,
  field: DescribedField,
  { form, key, keyRange, value }: OptionEntry,
): Diagnostic | undefined {
  if (form === "attribute" && field.block && value.kind !== "unknown") {
    return {
      severity: "error",
      code: "attribute-for-block",
      summary: `"${path}" is written as a block here, not as an argument`,
      hint: `Write ${key} { … } without "=".`,
      range: keyRange,
    };
  }
  if (form === "block" && !field.block && field.type.startsWith("map")) {
    return {
      severity: "warning",
      code: "block-for-map",
      summary: `"${path}" is an argument, not a block; it is taken as ${key} = { … }`,
      hint: `Write ${key} = { … }: Packer refuses the block.`,
      range: keyRange,
    };
  }
  if (form === "block" && !field.block) {
    return {
      severity: "error",
      code: "block-for-attribute",
      summary: `"${path}" is an argument, not a block`,
      hint: `Write ${key} = ….`,
      range: keyRange,
    };
  }
  return undefined;
}

/** Warnings about an option that is given: deprecated, not supported. */
export function warningsAbout(
  path: string,
  field: DescribedField,
  { keyRange: range }: OptionEntry,
): readonly Diagnostic[] {
  const { deprecated, unsupported } = field.notes;
  const warnings: Diagnostic[] = [];
  if (deprecated) {
    const summary = `"${path}" is deprecated: ${deprecated}`;
    warnings.push({ severity: "warning", code: "deprecated-option", summary, range });
  }
  if (unsupported) {
    const summary = `"${path}" is known but not supported yet; a build refuses it`;
    warnings.push({ severity: "warning", code: "unsupported-option", summary, hint: unsupported, range });
  }
  return warnings;
}
