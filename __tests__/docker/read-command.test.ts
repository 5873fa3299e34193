import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { readCommand } from "../../src/docker/engine.js";
import { byteReader } from "../../src/ssh/tar/bytes.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("read-command");

/** A client that prints this number of bytes, then runs a command. */
function client(bytes: number, then: string): { program: string; env: NodeJS.ProcessEnv } {
  const program = join(folder(), `print-${bytes}`);
  writeFileSync(program, `#!/bin/sh\nhead -c ${bytes} /dev/zero\n${then}\n`);
  chmodSync(program, 0o755);
  return { program, env: process.env };
}

/** A reader that refuses the output after its first bytes, without a word to the stream. */
async function refuse(chunks: AsyncIterable<Buffer>): Promise<void> {
  await byteReader(chunks).read(1);
  throw new Error("the archive is damaged");
}

test.each([
  ["one byte more than it read", 1, "exec sleep 600"],
  ["more bytes than it read, in one piece", 10_240, "exec sleep 600"],
  ["more bytes than the pipe holds", 1_000_000, "exec sleep 600"],
  ["more bytes than the pipe holds, and does not end by itself", 1_000_000, "trap '' TERM; head -c 1000000 /dev/zero"],
])("a reader that stops is reported when the client sends %s", async (_what, bytes, then) => {
  await expect(readCommand(client(bytes, then), [], { action: "copy" }, refuse)).rejects.toThrow(
    "the archive is damaged",
  );
});
