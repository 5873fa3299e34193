import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { describeFileError } from "../../src/core/file-error.js";
import { hostChecks, hostIds, hostLookups } from "../../src/engine/host.js";
import { LIMITS } from "../../src/template/budget.js";
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

  test("a file that is larger than an evaluation may read is refused in words, also one without an end", () => {
    for (const path of ["large", "/dev/zero"]) {
      writeFileSync(join(folder(), "large"), Buffer.alloc(LIMITS.bytes + 1));
      expect(() => lookups().readFile(path)).toThrow(expect.objectContaining({ code: "ERR_FS_FILE_TOO_LARGE" }));
    }
    writeFileSync(join(folder(), "large"), Buffer.alloc(LIMITS.bytes));
    expect(lookups().readFile("large")).toHaveLength(LIMITS.bytes);
    expect(describeFileError({ code: "ERR_FS_FILE_TOO_LARGE" })).toContain(`${LIMITS.bytes / 1_000_000} MB`);
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
