import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { BODY_LIMIT } from "../../src/core/bounded-body.js";
import { commandOutput } from "../../src/docker/engine.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("engine-output");

/** A client that prints this number of bytes. */
function clientThatPrints(bytes: number): string {
  const program = join(folder(), `print-${bytes}`);
  writeFileSync(program, `#!/bin/sh\nhead -c ${bytes} /dev/zero | tr '\\0' x\n`);
  chmodSync(program, 0o755);
  return program;
}

test("an engine that prints more than the limit is refused by name of the action, and not kept in memory", async () => {
  const run = (bytes: number) =>
    commandOutput({ program: clientThatPrints(bytes), env: process.env }, [], { action: "describe the image" });
  expect((await run(1000)).length).toBe(1000);
  await expect(run(BODY_LIMIT + 1)).rejects.toMatchObject({
    code: "response-too-large",
    message: "Could not describe the image: the engine printed more than 16 MB",
  });
});
