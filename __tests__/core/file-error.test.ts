import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "@jest/globals";
import { messageOf, toDiagnostic } from "../../src/core/errors.js";
import { describeFileError, fileErrorText } from "../../src/core/file-error.js";
import { PROJECT } from "../engine/running.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("file-error");

/** An error as Node throws it for a file. */
const nodeError = (code: string, syscall = "open") =>
  Object.assign(new Error(`${code}: text of the system, ${syscall} '/etc/x'`), { code, syscall, path: "/etc/x" });

test.each([
  ["an error", new Error("a"), "a"],
  ["an error of another realm", runInNewContext('new Error("b")'), "b"],
  ["an object without a text", { message: 1 }, "[object Object]"],
  ["a text", "c", "c"],
  ["nothing", undefined, "undefined"],
])("the message of %s that was thrown is its text", (_what, thrown, text) => {
  expect(messageOf(thrown)).toBe(text);
});

describe("errors of the file system", () => {
  test.each([
    ["ENOENT", "no such file or directory"],
    ["EACCES", "permission denied"],
    ["EPERM", "operation not permitted"],
    ["EISDIR", "it is a directory"],
    ["ENOTDIR", "a part of the path is not a directory"],
    ["ENOSPC", "no space left on the disk"],
    ["EDQUOT", "the disk quota is used up"],
    ["EROFS", "the file system is read-only"],
    ["EMFILE", "too many open files"],
    ["ELOOP", "the symbolic links form a loop"],
    ["ENAMETOOLONG", "the path is too long"],
    ["EIO", "the disk reported an error"],
  ])("%s is printed in words, with the path", (code, reason) => {
    const error = nodeError(code);
    expect(describeFileError(error)).toBe(reason);
    expect(messageOf(error)).toBe(`${reason}: "/etc/x"`);
    const summary = `${reason.charAt(0).toUpperCase()}${reason.slice(1)}: "/etc/x"`;
    expect(toDiagnostic(error)).toEqual({ severity: "error", code: "internal", summary });
  });

  const FAILURES: readonly (readonly [string, (path: string) => unknown, RegExp])[] = [
    ["a file that does not exist", (path) => readFileSync(join(path, "none")), /^no such file or directory: ".*none"$/],
    ["a directory", (path) => readFileSync(path), /^it is a directory(: ".*")?$/],
    [
      "a file below a file",
      (path) => readFileSync(join(path, "file", "x")),
      /^a part of the path is not a directory: /,
    ],
    [
      "a loop of symbolic links",
      (path) => readFileSync(join(path, "loop")),
      /^the symbolic links form a loop: ".*loop"$/,
    ],
    ["a name that is too long", (path) => readFileSync(join(path, "x".repeat(300))), /^the path is too long: /],
  ];

  test.each(FAILURES)("Node's own error for %s is printed in words", (_, fail, expected) => {
    const path = mkdtempSync(join(folder(), "case-"));
    writeFileSync(join(path, "file"), "");
    symlinkSync("loop", join(path, "loop"));
    let thrown: unknown;
    try {
      fail(path);
    } catch (error) {
      thrown = error;
    }
    expect(messageOf(thrown)).toMatch(expected);
    expect(describeFileError(thrown)).not.toMatch(/\bE[A-Z]{3,}\b/);
  });

  test("a program that is missing", () => {
    const { error } = spawnSync("bake-ami-no-such-program");
    expect(messageOf(error)).toBe('cannot run a program: no such file or directory: "bake-ami-no-such-program"');
  });

  test.each([
    ["another error", new Error("EC2 refused")],
    [
      "an error of the network",
      Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED", syscall: "connect" }),
    ],
    [
      "an error of a socket",
      Object.assign(new Error("listen EACCES 0.0.0.0:80"), { code: "EACCES", syscall: "listen", address: "0.0.0.0" }),
    ],
    ["an error of a service whose code looks the same", Object.assign(new Error("said"), { code: "ENOENT" })],
    ["a text", "text"],
  ])("%s keeps its message", (_, error) => {
    expect(fileErrorText(error)).toBeUndefined();
    expect(messageOf(error)).toBe(error instanceof Error ? error.message : error);
  });
});

/** Sources that read the message of an error without printing that of the file system, each with its reason. */
const READERS: Readonly<Record<string, string>> = {
  "core/errors.ts": "the one place that turns errors into text",
  "core/file-error.ts": "the one place that turns errors of files into text",
  "builders/docker/base-image.ts": "it has a BakeError",
  "builders/amazon-ebs/machine/dial-tunnel.ts": "it compares the text",
  "builders/amazon-ebs/shell/shell.ts": "it has a BakeError",
  "ssh/connect/connector.ts": "the error of a channel to a bastion",
  "template/go-template/engine.ts": "it has an error of a template",
  "local/instances/container/factory.ts": "it compares the text",
  "local/instances/namespace/supervisor.ts": "startError reads which program is missing",
  "ssh/connect/handshake.ts": "it compares the text",
  "ssh/keys/credentials.ts": "the error of the parser of keys",
  "ssh/transfer/sftp-check.ts": "it compares the text",
  "tunnels/session-manager/link.ts": "the error of a connection, in the debug log",
  "tunnels/session-manager/tunnel.ts": "the error of the protocol",
  "winrm/error.ts": "the errors of the protocol",
  "winrm/session.ts": "the error of the protocol",
};

test("no source that uses files or programs prints the raw message of an error", () => {
  const src = join(PROJECT, "src");
  const found = readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .filter((file) => {
      const text = readFileSync(join(src, file), "utf8");
      return /"node:(fs|fs\/promises|child_process)"|core\/errors|core\/file-error/.test(text) && RAW.test(text);
    })
    .map((file) => file.replaceAll("\\", "/"));
  expect(found.filter((file) => !Object.hasOwn(READERS, file))).toEqual([]);
});

const RAW = /\b(error|cause)\??\.message\b|\$\{String\((?:error|cause)\)\}/;
