import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { fileOptions } from "../../src/provisioners/file/options.js";
import { run } from "../../src/provisioners/file/run.js";
import { temporaryFolder } from "../support/folder.js";
import { provisionWindows } from "./windows/machine.js";

const folder = temporaryFolder("file-windows");

test.each<[string, object, object]>([
  [
    "a file to a path with spaces",
    { source: "note.txt", destination: "C:/My Files/n.txt" },
    { file: "C:/My Files/n.txt" },
  ],
  [
    "a file to a directory with a backslash at its end",
    { source: "note.txt", destination: "C:\\Data\\" },
    { file: "C:\\Data\\note.txt" },
  ],
  [
    "a file to a directory with a slash at its end",
    { source: "note.txt", destination: "C:/Data/" },
    { file: "C:/Data/note.txt" },
  ],
  ["content", { content: "c", destination: "C:\\c.txt" }, { file: "C:\\c.txt", text: "c" }],
  ["a directory", { source: "tree", destination: "C:/Data" }, { file: "C:/Data" }],
  [
    "a download to a directory",
    { source: "C:\\out\\r.txt", destination: "got/", direction: "download" },
    { line: expect.stringMatching(/^download C:\\out\\r\.txt .*\/got\/r\.txt$/) },
  ],
  [
    "a download of a name with a bracket",
    { source: "C:/out/r[1].txt", destination: "r.txt", direction: "download" },
    { line: expect.stringMatching(/^download C:\/out\/r\[1\]\.txt /) },
  ],
  [
    "a download of a directory",
    { source: "C:\\out\\", destination: "got", direction: "download" },
    { line: expect.stringMatching(/^download folder C:\\out\\ .*\/got$/) },
  ],
])("over WinRM: %s", async (_name, options, expected) => {
  writeFileSync(join(folder(), "note.txt"), "a note\n");
  mkdirSync(join(folder(), "tree"), { recursive: true });
  const { error, requests } = await provisionWindows({ schema: fileOptions, run }, options, { cwd: folder() });
  expect(error).toBeUndefined();
  expect(requests).toMatchObject([expected]);
});
