import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { hostChecks, hostIds, hostLookups } from "../../src/engine/host.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("machine");

function lookups() {
  const env = { HOME: join(folder(), "home"), PKR_VAR_a: "1" };
  return hostLookups({ cwd: folder(), env, startedAt: new Date(0), ask: () => ({ state: "pending" }) });
}

beforeAll(() => {
  mkdirSync(join(folder(), "home"));
  mkdirSync(join(folder(), "scripts"));
  writeFileSync(join(folder(), "home", "key"), "secret");
  writeFileSync(join(folder(), "scripts", "a.sh"), "exit 0\n");
});

describe("hostLookups", () => {
  test("reads from the working directory, and from home behind ~", () => {
    expect(Buffer.from(lookups().readFile("scripts/a.sh")).toString()).toBe("exit 0\n");
    expect(Buffer.from(lookups().readFile("~/key")).toString()).toBe("secret");
  });

  test("a missing file keeps Node's code", () => {
    expect(() => lookups().readFile("nowhere")).toThrow(expect.objectContaining({ code: "ENOENT" }));
  });

  test.each([
    ["scripts", "directory"],
    ["scripts/a.sh", "file"],
    ["~", "directory"],
    ["nowhere", "missing"],
    ["scripts/a.sh/b", "missing"],
  ])("%s is a %s", (path, kind) => {
    expect(lookups().pathKind(path)).toBe(kind);
    expect(hostChecks(folder(), { HOME: join(folder(), "home") }, undefined).pathKind(path)).toBe(kind);
  });

  test("lists directories and names of the environment", () => {
    expect(lookups().readDirectory("scripts")).toEqual([{ name: "a.sh", kind: "file" }]);
    expect(lookups().envNames()).toEqual(["HOME", "PKR_VAR_a"]);
  });
});

test("hostChecks reads text, or nothing", () => {
  const checks = hostChecks(folder(), {}, undefined);
  expect(checks.readText("scripts/a.sh")).toBe("exit 0\n");
  expect(checks.readText("nowhere")).toBeUndefined();
});

test("hostIds gives names of the length asked for, and numbers below one", () => {
  expect(hostIds.short(40)).toMatch(/^[a-z0-9]{40}$/);
  expect(hostIds.random()).toBeLessThan(1);
});
