import type { Filter } from "@aws-sdk/client-ec2";
import { parse } from "csv-parse/sync";
import { BakeError } from "../core/errors.js";

export type { Filter };

/**
 * Converts filters of a template to EC2 filters. Each value is a line of CSV: commas separate several values (Packer's
 * `source_ami_filter` and similar blocks). Throws a `BakeError` for an empty or malformed value.
 */
export function toFilters(filters: Readonly<Record<string, string>>): Filter[] {
  return Object.entries(filters).map(([Name, value]) => ({ Name, Values: csvValues(Name, value) }));
}

function csvValues(name: string, value: string): string[] {
  const [values] = readCsv(name, value);
  if (values === undefined || values.every((each) => each === "")) {
    throw new BakeError(`Filter "${name}" has no value`, {
      code: "empty-filter",
      hint: "Set a value, or remove the filter.",
    });
  }
  return values;
}

function readCsv(name: string, value: string): string[][] {
  try {
    return parse(value, { relax_column_count: true, trim: false });
  } catch (cause) {
    throw new BakeError(`Filter "${name}" must be a list of comma-separated values: ${value}`, {
      code: "malformed-filter",
      hint: 'Write a value that contains a double quote as "…""…".',
      cause,
    });
  }
}
