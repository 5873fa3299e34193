import { createWriteStream } from "node:fs";
import { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { setImmediate as afterEvents } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { outliveOutputErrors } from "../../src/engine/process.js";

describe("output that cannot be written does not end a run", () => {
  const onLinux = process.platform === "linux" ? test : test.skip;

  onLinux("a full disk is reported once on the other stream", async () => {
    const stdout = createWriteStream("/dev/full");
    const stderr = new PassThrough();
    outliveOutputErrors({ stdout, stderr });
    const failed = new Promise((resolve) => stdout.once("error", resolve));
    stdout.write("lost\n");
    await failed;
    stdout.write("lost too\n");
    await afterEvents();
    expect(String(stderr.read())).toBe("Could not write standard output: no space left on the disk\n");
  });

  test("a closed pipe is ignored", async () => {
    const [stdout, stderr] = [new Socket(), new PassThrough()];
    outliveOutputErrors({ stdout, stderr });
    stdout.destroy(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    await afterEvents();
    expect(stderr.read()).toBeNull();
  });
});
