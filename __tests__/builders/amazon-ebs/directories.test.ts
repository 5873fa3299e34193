import { expect, test } from "@jest/globals";
import { imports } from "../../architecture/imports.js";

/** The directories of the builder in the order in which a bake uses them: what comes first, and knows nothing of what comes later. */
const ORDER = ["options", "discovery", "instance", "image"];

/** The place of a file in that order; undefined for files that all may import, and for those of other rooms. */
function timeOf(file: string): number | undefined {
  const folder = /^builders\/amazon-ebs\/(\w+)\//.exec(file)?.[1] ?? "";
  const at = ORDER.indexOf(folder);
  return at < 0 ? undefined : at;
}

test("no step imports one of a later folder", () => {
  const times = imports.map(({ file, target }) => ({ file, target, from: timeOf(file), to: timeOf(target) }));
  expect(times.filter(({ from, to }) => from !== undefined && to !== undefined && from !== to)).not.toEqual([]);
  const late = times.filter(({ from, to }) => from !== undefined && to !== undefined && to > from);
  expect(late.map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
});
