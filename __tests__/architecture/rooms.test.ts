import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";

const src = resolve(dirname(fileURLToPath(import.meta.url)), "../../src");

/** Which room may import which; docs/architecture.md says what each holds. A room may always import itself. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  options: ["core"],
  template: ["options", "core"],
  "data-sources": ["aws", "options", "template", "core"],
  plan: ["template", "options", "core"],
  bake: ["plan", "core"],
  fingerprint: ["plan", "ssh", "core"],
  builders: ["aws", "cleanup", "communicators", "docker", "ssh", "options", "core"],
  provisioners: ["options", "core", "ssh", "docker", "aws", "communicators"],
  "post-processors": ["options", "core", "ssh", "docker", "aws", "provisioners", "publish"],
  communicators: ["ssh", "docker", "options", "core"],
  ssh: ["core"],
  docker: ["aws", "options", "core"],
  aws: ["options", "core"],
  cleanup: ["aws", "docker", "core"],
  publish: ["aws", "core"],
  inventory: ["aws", "core"],
  report: ["core"],
  github: ["report", "core"],
  cli: ["report", "template", "plan", "bake", "cleanup", "publish", "local", "options", "aws", "core"],
  local: ["ssh", "docker", "core"],
  "catalog.ts": ["builders", "provisioners", "post-processors", "data-sources", "plan", "options", "core"],
  entry: ["*"],
};

/** Packages that only some rooms may import. */
const PACKAGES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^@actions\//, ["github", "entry"]],
  [/^@aws-sdk\/|^@smithy\//, ["aws"]],
  [/^ssh2$/, ["ssh"]],
  [/^jsonc-parser/, ["template"]],
  [/^@cyclonedx\/|^packageurl-js$/, ["inventory"]],
];

interface Import {
  readonly file: string;
  readonly room: string;
  readonly target: string;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesIn(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

const roomOf = (file: string) => relative(src, file).split(sep)[0] ?? "";

function importsOf(file: string): Import[] {
  const text = readFileSync(file, "utf8").replace(/^\s*(\/\/|\*|\/\*).*$/gm, "");
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
  return found.map((target) => ({
    file: relative(src, file),
    room: roomOf(file),
    target: target.startsWith(".") ? resolve(dirname(file), target) : target,
  }));
}

const files = filesIn(src).filter((file) => file.endsWith(".ts"));
const imports = files.flatMap(importsOf);

describe("rooms", () => {
  test("every room is known", () => {
    const unknown = new Set(files.map(roomOf).filter((room) => !(room in ROOMS)));
    expect([...unknown]).toEqual([]);
  });

  test("a room imports only the rooms it may", () => {
    const wrong = imports
      .filter(({ target }) => target.startsWith(src))
      .filter(({ room, target }) => {
        const allowed = ROOMS[room] ?? [];
        return roomOf(target) !== room && !allowed.includes("*") && !allowed.includes(roomOf(target));
      })
      .map(({ file, target }) => `${file} -> ${relative(src, target)}`);
    expect(wrong).toEqual([]);
  });

  test.each(PACKAGES)("%s is imported only by %s", (name, rooms) => {
    const wrong = imports.filter(({ room, target }) => name.test(target) && !rooms.includes(room));
    expect(wrong.map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
  });
});

describe("files", () => {
  test("no file is over 300 lines", () => {
    const long = files.filter((file) => readFileSync(file, "utf8").split("\n").length > 301);
    expect(long.map((file) => relative(src, file))).toEqual([]);
  });
});
