import { type Diagnostic, suggest } from "../core/diagnostics.js";
import type { OptionLanguage } from "./context.js";
import type { ObjectNode, OptionEntry, OptionNode } from "./node.js";
import type { DescribedField } from "./notes.js";

/** Returns the error that the option at `path` has a wrong value. `what` completes `"path" …`. */
export function wrongValue(path: string, node: OptionNode, what: string, hint?: string): Diagnostic {
  return {
    severity: "error",
    code: "wrong-option-value",
    summary: `"${path}" ${what}`,
    range: node.range,
    hint,
  };
}

/** Returns the error that no option has the key of `entry`. */
export function unknownOption(
  path: string,
  entry: OptionEntry,
  names: readonly string[],
  language: OptionLanguage,
): Diagnostic {
  const near = suggest(entry.key, names);
  const hint = near ? `Did you mean "${near}"?` : entry.key.startsWith("_") ? commentHint(language) : undefined;
  return {
    severity: "error",
    code: "unknown-option",
    summary: `Unknown configuration key: "${path === "" ? entry.key : `${path}.${entry.key}`}"`,
    range: entry.keyRange,
    hint,
  };
}

/** JSON has no comments: Packer ignores such keys at the root only. */
function commentHint(language: OptionLanguage): string {
  return language === "hcl2"
    ? 'Write the comment with "#".'
    : 'Move the comment to the root of the template: "_" starts a comment only there.';
}

/** Returns the error that a required option is missing. */
export function missingOption(
  path: string,
  field: DescribedField,
  parent: ObjectNode,
  language: OptionLanguage,
): Diagnostic {
  return {
    severity: "error",
    code: "missing-option",
    summary: `"${path}" is required`,
    detail: field.notes.doc,
    hint: `Set ${exampleOf(path.slice(path.lastIndexOf(".") + 1), field, language)}.`,
    range: parent.range,
  };
}

/** Returns how the option is written in the language of the template: `"name": "…"`, `name = "…"`, `tags { … }`. */
function exampleOf(key: string, { type, block }: DescribedField, language: OptionLanguage): string {
  if (language === "hcl2" && block) return `${key} { … }`;
  const value = type.startsWith("list")
    ? "[ … ]"
    : /^(map|object|any)/.test(type)
      ? "{ … }"
      : /^(integer|boolean)/.test(type)
        ? "…"
        : '"…"';
  return language === "hcl2" ? `${key} = ${value}` : `"${key}": ${value}`;
}

/** Returns the error that an option is set more than once. */
export function repeatedOption(path: string, first: OptionEntry, again: OptionEntry): Diagnostic {
  return {
    severity: "error",
    code: "repeated-option",
    summary: `"${path}" is set more than once`,
    hint: "Remove one of them.",
    range: again.keyRange,
    related: { text: "First set here", range: first.keyRange },
  };
}

/** Returns the problem of an HCL2 argument in place of a block, or the reverse. Returns undefined when the form is right. */
export function wrongForm(
  path: string,
  field: DescribedField,
  { form, key, keyRange, value }: OptionEntry,
): Diagnostic | undefined {
  if (form === "attribute" && field.block && value.kind !== "unknown") {
    return {
      severity: "error",
      code: "attribute-for-block",
      summary: `"${path}" must be a block, not an argument`,
      hint: `Write ${key} { … }, without "=".`,
      range: keyRange,
    };
  }
  if (form === "block" && !field.block && field.type.startsWith("map")) {
    return {
      severity: "warning",
      code: "block-for-map",
      summary: `"${path}" must be an argument, not a block; bake-ami reads it as ${key} = { … }`,
      hint: `Write ${key} = { … }. Packer rejects the block.`,
      range: keyRange,
    };
  }
  if (form === "block" && !field.block) {
    return {
      severity: "error",
      code: "block-for-attribute",
      summary: `"${path}" must be an argument, not a block`,
      hint: `Write ${key} = ….`,
      range: keyRange,
    };
  }
  return undefined;
}

/** Returns the warnings about an option that is set: it is deprecated, or not supported. */
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
    const summary = `"${path}" is not supported yet; builds that use it fail`;
    warnings.push({ severity: "warning", code: "unsupported-option", summary, hint: unsupported, range });
  }
  return warnings;
}
