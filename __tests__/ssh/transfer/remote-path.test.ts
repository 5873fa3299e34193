import { execFileSync } from "node:child_process";
import { describe, expect, test } from "@jest/globals";
import { globWords, pathWord, sftpPath } from "../../../src/ssh/transfer/remote-path.js";

/** Returns what a shell expands a word to. */
const expanded = (word: string) =>
  execFileSync("/bin/sh", ["-c", `printf '%s' ${word}`], { encoding: "utf8", env: { HOME: "/home/me" } });

describe("paths as shell words", () => {
  test.each([
    ["/tmp/a b", "/tmp/a b"],
    ["it's $HOME `id`", "it's $HOME `id`"],
    ["~/x y", "/home/me/x y"],
    ["~", "/home/me"],
    ["$HOME/x", "/home/me/x"],
    ["${HOME}/x", "/home/me/x"],
    ["a/~/b", "a/~/b"],
    ["~odd name/x", "~odd name/x"],
    ["line\nbreak", "line\nbreak"],
  ])("%j", (path, expected) => {
    expect(expanded(pathWord(path))).toBe(expected);
  });
});

test.each([
  ["~/x", "x"],
  ["~", "."],
  ["$HOME/a b", "a b"],
  ["/abs", "/abs"],
  ["rel/x", "rel/x"],
])("for SFTP %j is %j", (path, expected) => {
  expect(sftpPath(path)).toBe(expected);
});

test.each([
  ["/no such dir/*.none", "/no such dir/*.none"],
  ["/bi[n]", "/bin"],
  ["~/*.none", "/home/me/*.none"],
  ["a'b*c$(id)", "a'b*c$(id)"],
])("globs keep their meaning, all else is quoted: %j", (glob, expected) => {
  expect(expanded(globWords(glob))).toBe(expected);
});
