import type { Diagnostic } from "../../core/diagnostics.js";
import type { Parsed } from "../../core/request-values.js";
import { type InputName, inputText } from "./table.js";

/** The inputs, or everything that is wrong with them. */
export type ReadInputs<Inputs> =
  | { readonly ok: true; readonly inputs: Inputs }
  | { readonly ok: false; readonly complaints: readonly Diagnostic[] };

/** The inputs, unless there are complaints. */
export function inputsUnless<Inputs>(complaints: readonly Diagnostic[], inputs: Inputs): ReadInputs<Inputs> {
  return complaints.length > 0 ? { ok: false, complaints } : { ok: true, inputs };
}

/** Reads inputs one by one and gathers every complaint, so that all are told at once. */
export interface InputReader {
  readonly complaints: readonly Diagnostic[];
  /** The text; undefined when the input is empty. */
  text(name: InputName): string | undefined;
  /** Complains when it is empty, with `example` as what to write. */
  required(name: InputName, example: string): string;
  /** Undefined when the input is empty or wrong. */
  parsed<T>(name: InputName, parse: (text: string) => Parsed<T>): T | undefined;
  /** The items that are right. */
  list<T>(
    name: InputName,
    split: (text: string) => readonly string[],
    parse: (text: string) => Parsed<T>,
  ): readonly T[];
  /** YAML 1.2 core schema: `true`, `True`, `TRUE` and the like; false when the input is empty. */
  flag(name: InputName): boolean;
}

/** A reader over the runner's environment. */
export function inputReader(env: Readonly<Record<string, string | undefined>>): InputReader {
  const complaints: Diagnostic[] = [];
  const complain = (name: InputName, complaint: string, hint?: string) =>
    complaints.push({
      severity: "error",
      code: "invalid-input",
      summary: `the input ${name} ${complaint}`,
      hint: hint || undefined,
    });
  const text = (name: InputName) => inputText(env, name) || undefined;
  const parsed = <T>(name: InputName, given: string, parse: (text: string) => Parsed<T>): readonly T[] => {
    const result = parse(given);
    if ("value" in result) return [result.value];
    complain(name, result.complaint, result.hint);
    return [];
  };
  return {
    complaints,
    text,
    required(name, example) {
      const given = text(name);
      if (given === undefined) complain(name, "is required", `Give it under "with:", for example ${name}: ${example}`);
      return given ?? "";
    },
    parsed(name, parse) {
      const given = text(name);
      return given === undefined ? undefined : parsed(name, given, parse)[0];
    },
    list: (name, split, parse) => split(inputText(env, name)).flatMap((item) => parsed(name, item, parse)),
    flag(name) {
      const given = text(name);
      if (given === undefined || /^(false|False|FALSE)$/.test(given)) return false;
      if (/^(true|True|TRUE)$/.test(given)) return true;
      complain(name, `must be true or false, not "${given}"`);
      return false;
    },
  };
}
