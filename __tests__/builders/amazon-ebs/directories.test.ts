import { expect, test } from "@jest/globals";
import { imports } from "../../architecture/imports.js";

/** The directories of the builder in the order in which a bake uses them. A directory imports no later one. */
const ORDER = ["options", "look", "machine", "preflight", "test", "image"];

/** What of `look/` checks the launch: it reads the input of the launch, which `machine/` makes. */
const PREFLIGHT = /^builders\/amazon-ebs\/look\/(preflight\/|before-launch\.ts$)/;

/** Returns the position of a file in that order; undefined for files that all may import, and for other modules. */
function positionOf(file: string): number | undefined {
  const directory = PREFLIGHT.test(file) ? "preflight" : /^builders\/amazon-ebs\/(\w+)\//.exec(file)?.[1];
  const at = ORDER.indexOf(directory ?? "");
  return at < 0 ? undefined : at;
}

test("a step imports no step of a later directory", () => {
  const times = imports.map(({ file, target }) => ({ file, target, from: positionOf(file), to: positionOf(target) }));
  expect(times.filter(({ from, to }) => from !== undefined && to !== undefined && from !== to)).not.toEqual([]);
  const late = times.filter(({ from, to }) => from !== undefined && to !== undefined && to > from);
  expect(late.map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
});

test("a preview imports nothing of the directories that create and change", () => {
  const wrong = imports.filter(
    ({ file, target }) =>
      file.startsWith("builders/amazon-ebs/preview/") && /^builders\/amazon-ebs\/(machine|test|image)\//.test(target),
  );
  expect(wrong).toEqual([]);
});
