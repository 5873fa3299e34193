import { CsvError, parse } from "csv-parse/sync";
import type { Budget } from "../budget.js";
import { DYNAMIC, objectOf, STRING } from "../values/types.js";
import { listValue, objectValue, stringValue, type Value } from "../values/value.js";
import { defineFunction, type FunctionDefinition, fail, param, textOf } from "./definition.js";
import { countOf } from "./strings.js";

/** `csvdecode` (Packer §2.5): returns a list of objects. The first line has the names of the attributes. */
export const CSV_FUNCTIONS: Readonly<Record<string, FunctionDefinition>> = {
  csvdecode: defineFunction(DYNAMIC, [param("str", STRING)], (args, budget) => decodeCsv(textOf(args, 0), budget)),
};

function decodeCsv(text: string, budget: Budget): Value {
  budget.require("elements", countOf(text, ",") + countOf(text, "\n"));
  const [headers, ...rows] = readRows(text);
  if (!headers) return fail("missing header line", 0);
  const seen = new Set<string>();
  const double = headers.find((name) => seen.size === seen.add(name).size);
  if (double !== undefined) fail(`duplicate column name ${JSON.stringify(double)}`, 0);
  const objects = rows.map((row, i) => {
    if (row.length !== headers.length)
      fail(`record ${i + 2} has ${row.length} fields, but the header has ${headers.length}`, 0);
    return objectValue(headers.map((name, column) => [name, stringValue(row[column] ?? "")] as const));
  });
  return listValue(objectOf(headers.map((name) => [name, STRING] as const)), objects);
}

function readRows(text: string): readonly (readonly string[])[] {
  try {
    const rows: string[][] = parse(text, {
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ["\n", "\r\n"],
    });
    return rows;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return fail(`not valid CSV: ${error.message}`, 0);
  }
}
