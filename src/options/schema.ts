import type { Diagnostic } from "../core/diagnostics.js";
import type { Range } from "../core/source.js";
import type { DecodeContext } from "./context.js";
import { type Decode, Decoding, type FieldsOf } from "./decoding.js";
import type { ObjectNode } from "./node.js";

/** What a check may read at plan time, e.g. whether a script exists. Paths are as the user wrote them. */
export interface CheckContext {
  /** Returns what is at a path. Relative paths start from the working directory; `~` is expanded. */
  pathKind(path: string): "file" | "directory" | "other" | "missing";
  /** Returns the path from the working directory, if a relative path exists in the template's directory; undefined otherwise. */
  pathFromTemplate(path: string): string | undefined;
  readText(path: string): string | undefined;
  env(name: string): string | undefined;
  /** Returns the milliseconds since 1970. */
  now(): number;
}

/** Reports the problems that a cross-field check finds. `option` is a path such as `user_data_file` or `tags.Name`. */
export interface Complaints {
  error(option: string, summary: string, hint?: string): void;
  warning(option: string, summary: string, hint?: string): void;
  /** A value that Packer's `validate` accepts and its build cannot use: a warning in `validate`, an error in `build` before anything starts. */
  refusal(option: string, summary: string, hint?: string): void;
}

/** The options of one kind of builder, provisioner or post-processor. */
export interface Schema<T> {
  readonly fields: FieldsOf;
  /** Old names of options in Packer, by the new names: accepted with a warning. */
  readonly renamed: Readonly<Record<string, string>>;
  /**
   * Rules over several options. Called after errors too, so that all problems are reported at once. Options with errors are
   * absent then, and problems with them are not reported again.
   */
  readonly check: ((options: T, complaints: Complaints, context: CheckContext) => void) | undefined;
}

/** The decoded type of a schema. */
export type OptionsOf<S> = S extends Schema<infer T> ? T : never;

/** Defines a schema. */
export function schema<const F extends FieldsOf>(
  fields: F,
  more: {
    readonly renamed?: Readonly<Record<string, string>> | undefined;
    readonly check?: ((options: Decode<F>, complaints: Complaints, context: CheckContext) => void) | undefined;
  } = {},
): Schema<Decode<F>> {
  return { fields, renamed: more.renamed ?? {}, check: more.check };
}

/** Result of decoding. `value` is undefined after an error. */
export interface Decoded<T> {
  readonly value: T | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly secrets: readonly string[];
  /** Returns the place of the option at a path, or of the whole object when it is not set. */
  place(path: string): Range;
}

/** Decodes options by a schema. Returns all problems as diagnostics; throws none (Packer §1.12, §1.13). */
export function decodeOptions<T>(
  definition: Schema<T>,
  node: ObjectNode,
  context: DecodeContext,
  checks?: CheckContext,
): Decoded<T> {
  const decoding = new Decoding(context);
  const renamed = rename(definition.renamed, node, decoding);
  const value = decoding.object(renamed, definition.fields) as T | undefined;
  const place = (path: string) => decoding.places.get(path) ?? node.range;
  const failed = () => decoding.diagnostics.some((d) => d.severity === "error");
  if (value !== undefined && definition.check && checks) {
    const incomplete = failed();
    const complain =
      (severity: Diagnostic["severity"], code: string) => (option: string, summary: string, hint?: string) => {
        if (isUnchecked(decoding.unchecked, option)) return;
        decoding.report({ severity, code, summary, hint, range: place(option) });
      };
    const complaints: Complaints = {
      error: complain("error", "invalid-options"),
      warning: complain("warning", "invalid-options"),
      refusal: complain("warning", "unusable-option"),
    };
    try {
      definition.check(value, complaints, checks);
    } catch (error) {
      // A check may fail on an option that had an error; that error is reported already.
      if (!incomplete) throw error;
    }
  }
  return { value: failed() ? undefined : value, diagnostics: decoding.diagnostics, secrets: decoding.secrets, place };
}

/** Returns whether an option, or a part of it, has no value to check. */
function isUnchecked(unchecked: ReadonlySet<string>, option: string): boolean {
  if (unchecked.has(option)) return true;
  return [...unchecked].some((path) => path.startsWith(`${option}[`) || path.startsWith(`${option}.`));
}

function rename(renamed: Readonly<Record<string, string>>, node: ObjectNode, decoding: Decoding): ObjectNode {
  const entries = node.entries.map((entry) => {
    const name = renamed[entry.key.toLowerCase()];
    if (name === undefined) return entry;
    decoding.report({
      severity: "warning",
      code: "renamed-option",
      summary: `"${entry.key}" was renamed to "${name}"`,
      hint: `Use "${name}" instead.`,
      range: entry.keyRange,
    });
    return { ...entry, key: name };
  });
  return { ...node, entries };
}
