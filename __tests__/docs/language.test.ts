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

/** A call with a name and a function: `test`, `describe`, and what they are made of. The name of a newcomer's mistake, too. */
const TITLE = /(?:\(\s*|\bmistake: )(["'`])((?:(?!\1)[^\\\n]|\\.)*)\1,(?:\s*(?:async\b|\(|\w+ =>|function\b)|\n)/g;

/** The names of the tests of a file, each with its line. */
function titlesOf(file: string): readonly { readonly place: string; readonly title: string }[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(TITLE)].map((match) => ({
    place: `${file}:${text.slice(0, match.index).split("\n").length}`,
    title: match[2] ?? "",
  }));
}

const titles = textFiles("__tests__")
  .filter((name) => name.endsWith(".test.ts") || name.includes("newcomer"))
  .flatMap(titlesOf);

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

  test("the names of tests are read", () => {
    const names = titles.map(({ title }) => title);
    expect(names.length).toBeGreaterThan(1500);
    expect(names).toEqual(expect.arrayContaining(["the names of tests are read", "misspells a command"]));
  });

  test.each(words)("no test is named with '$word': write $but", ({ word }) => {
    const pattern = new RegExp(`\\b${word}\\b`, "i");
    const found = titles.filter(({ title }) => pattern.test(title) && !title.includes("$word"));
    expect(found.map(({ place, title }) => `${place}: ${title}`)).toEqual([]);
  });
});
