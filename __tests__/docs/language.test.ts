import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";

const root = fileURLToPath(new URL("../../", import.meta.url));
const guide = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");

/** The table of CONTRIBUTING.md: the words to avoid, each with what to write. */
const table = /\| Not \| But \|\n\| --- \| --- \|\n((?:\|.*\|\n)+)/.exec(guide)?.[1] ?? "";
const words = table
  .split("\n")
  .filter((row) => row !== "")
  .flatMap((row) => {
    const [, not = "", but = ""] = row.split("|").map((cell) => cell.trim());
    return not.split(", ").map((word) => ({ word, but }));
  });

const textFiles = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|md|yml|json|pl|sh)$/.test(name))
    .map((name) => join(folder, name));

const actions = readdirSync(root).filter((name) => existsSync(join(root, name, "action.yml")));
const files = [
  ...["src", "docs", "examples", ...actions].flatMap(textFiles),
  ...readdirSync(root).filter((name) => /\.(md|yml)$/.test(name)),
];

describe("plain English", () => {
  test("the list of words is read", () => {
    expect(words.length).toBeGreaterThan(15);
  });

  test.each(words)("nobody has to read '$word': write $but", ({ word }) => {
    const pattern = new RegExp(`\\b${word}\\b`, "i");
    const found = files.flatMap((file) => {
      const text = readFileSync(join(root, file), "utf8").replace(table, "");
      return text
        .split("\n")
        .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : []));
    });
    expect(found).toEqual([]);
  });
});
