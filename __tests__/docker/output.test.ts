import { createHash } from "node:crypto";
import { expect, test } from "@jest/globals";
import { runCommand } from "../../src/docker/engine.js";

/** A client is a program of this host: a shell stands for the docker command line. */
const engine = { program: "/bin/sh", env: process.env };
const SIZE = 20_000_000;
const DIGEST = createHash("sha256").update(Buffer.alloc(SIZE)).digest("hex");

test("both streams of a client arrive to the last byte, no faster than they are read", async () => {
  const hashes = { stdout: createHash("sha256"), stderr: createHash("sha256") };
  let reads = 0;
  const script = `head -c ${SIZE} /dev/zero & head -c ${SIZE} /dev/zero >&2; wait; exit 4`;
  const { end } = await runCommand(engine, ["-c", script], {
    action: "run a command",
    onOutput: (chunk, stream) => hashes[stream].update(chunk),
    drained: () => {
      reads += 1;
      return new Promise((resolve) => setImmediate(resolve));
    },
  });
  expect(end).toEqual({ status: "exited", code: 4 });
  expect([hashes.stdout.digest("hex"), hashes.stderr.digest("hex")]).toEqual([DIGEST, DIGEST]);
  expect(reads).toBeGreaterThan(2 * (SIZE / 65_536) - 2);
});
