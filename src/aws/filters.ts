import type { Filter } from "@aws-sdk/client-ec2";
import { parse } from "csv-parse/sync";
import { BakeError } from "../core/errors.js";

export type { Filter };

/**
 * Filters of a template as EC2 takes them. Each value is read as a line of CSV, so that commas give several values
 * (Packer's `source_ami_filter` and its kin); an empty value is an error.
 */
export function toFilters(filters: Readonly<Record<string, string>>): Filter[] {
  return Object.entries(filters).map(([Name, value]) => ({ Name, Values: csvValues(Name, value) }));
}

function csvValues(name: string, value: string): string[] {
  const [values] = readCsv(name, value);
  if (values === undefined || values.every((each) => each === "")) {
    throw new BakeError(`the filter "${name}" has no value`, {
      code: "empty-filter",
      hint: "Give the filter a value, or leave it out.",
    });
  }
  return values;
}

function readCsv(name: string, value: string): string[][] {
  try {
    return parse(value, { relax_column_count: true, trim: false });
  } catch (cause) {
    throw new BakeError(`the value of the filter "${name}" is not a line of comma-separated values: ${value}`, {
      code: "malformed-filter",
      hint: 'A value with a double quote is written "…""…".',
      cause,
    });
  }
}
