import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const SRC = join(import.meta.dirname, "../../src");

function filesOf(folder: string): readonly string[] {
  return readdirSync(join(SRC, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
}

/**
 * Calls that are sent as they are, although they change something: they create a resource without any other (and are found again by
 * our key), or they are the `send` of a removal. A dry run changes nothing.
 */
const AS_THEY_ARE =
  /^(CreateSecurityGroup|ImportKeyPair|CreateInstanceProfile|CreateRole|Delete\w+|Deregister\w+|Terminate\w+|RemoveRoleFromInstanceProfile|DecodeAuthorizationMessage)$/;

test("every change of a resource is sent by sendChange or removeResource", () => {
  const sent = filesOf("aws").flatMap((file) => {
    const text = readFileSync(join(SRC, file), "utf8");
    const found = text.matchAll(/\.send\(\s*new (\w+)Command\((?![^;]*DryRun: true)/g);
    return [...found].flatMap(([, action = ""]) =>
      /^(Describe|Get|List|BatchGet|Assume)/.test(action) || AS_THEY_ARE.test(action) ? [] : [`${file}: ${action}`],
    );
  });
  expect(sent).toEqual([]);
});

test("nobody else asks the table of temporary errors, or polls in aws/", () => {
  const users = ["aws", "builders", "cleanup", "publish"].flatMap((folder) =>
    filesOf(folder).filter((file) => /findTemporaryError\(|\bpoll</.test(readFileSync(join(SRC, file), "utf8"))),
  );
  expect(users.sort()).toEqual([
    "aws/client/change.ts",
    "aws/client/remove.ts",
    "aws/client/temporary-errors.ts",
    "aws/client/wait.ts",
    // A dry run with such an error says nothing about the call, which is repeated.
    "aws/dry-run.ts",
    // Reads the parameter back after a put.
    "publish/move-parameter.ts",
  ]);
});
