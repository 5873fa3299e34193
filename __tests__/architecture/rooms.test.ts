import { describe, expect, test } from "@jest/globals";
import { files, imports, roomOf } from "./imports.js";

/** The rooms (directories of src/) that each room may import besides itself; docs/architecture.md describes them. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  options: ["core"],
  template: ["options", "core"],
  "data-sources": ["aws", "options", "template", "core"],
  plan: ["template", "options", "core"],
  bake: ["plan", "core"],
  fingerprint: ["plan", "ssh", "core"],
  builders: ["aws", "cleanup", "communicators", "docker", "ssh", "tunnels", "options", "core"],
  provisioners: ["options", "core", "ssh"],
  "post-processors": ["options", "core", "ssh", "docker", "aws", "provisioners", "publish"],
  communicators: ["ssh", "winrm", "docker", "options", "core"],
  ssh: ["core"],
  winrm: ["core"],
  tunnels: ["core"],
  docker: ["aws", "options", "core"],
  aws: ["options", "core"],
  cleanup: ["aws", "docker", "core"],
  publish: ["aws", "core"],
  inventory: ["aws", "core"],
  "image-tests": ["core", "options", "provisioners", "ssh"],
  policy: ["core"],
  report: ["core"],
  local: ["ssh", "tunnels", "winrm", "core"],
  "catalog.ts": ["builders", "provisioners", "post-processors", "data-sources", "plan"],
  engine: [
    "aws",
    "bake",
    "builders",
    "catalog.ts",
    "cleanup",
    "core",
    "data-sources",
    "docker",
    "fingerprint",
    "image-tests",
    "inventory",
    "local",
    "options",
    "plan",
    "policy",
    "publish",
    "template",
  ],
  action: ["engine", "report", "core"],
  cli: ["engine", "report", "core"],
  "index.ts": ["action", "cli"],
};

/** Packages and the rooms that may import them. */
const PACKAGES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^@actions\//, ["action"]],
  [/^@aws-sdk\/|^@smithy\//, ["aws"]],
  [/^ssh2$/, ["ssh"]],
  [/^ws$/, ["tunnels"]],
  [/^jsonc-parser/, ["template"]],
  [/^@cyclonedx\/|^packageurl-js$/, ["inventory"]],
];

describe("rooms", () => {
  test("ROOMS lists every room", () => {
    const rooms = new Set([...files.keys()].map(roomOf));
    expect([...rooms].sort()).toEqual(Object.keys(ROOMS).sort());
  });

  test("a room imports only permitted rooms", () => {
    const wrong = imports
      .filter(({ target }) => files.has(target))
      .filter(({ file, target }) => roomOf(file) !== roomOf(target))
      .filter(({ file, target }) => !ROOMS[roomOf(file)]?.includes(roomOf(target)))
      .map(({ file, target }) => `${file} -> ${target}`);
    expect(wrong).toEqual([]);
  });

  test("a room uses every permission it has", () => {
    const used = new Set(imports.map(({ file, target }) => `${roomOf(file)} -> ${roomOf(target)}`));
    const permissions = Object.entries(ROOMS).flatMap(([room, others]) => others.map((other) => `${room} -> ${other}`));
    expect(permissions.filter((permission) => !used.has(permission))).toEqual([]);
  });

  test.each(PACKAGES)("%s is imported only by %s", (name, rooms) => {
    const wrong = imports.filter(({ file, target }) => name.test(target) && !rooms.includes(roomOf(file)));
    expect(wrong.map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
  });
});

describe("files", () => {
  test("no file has more than 300 lines", () => {
    const long = [...files].filter(([, text]) => text.split("\n").length > 301).map(([file]) => file);
    expect(long).toEqual([]);
  });
});
