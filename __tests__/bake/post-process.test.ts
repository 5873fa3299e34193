import { describe, expect, test } from "@jest/globals";
import { bake } from "../../src/bake/bake.js";
import type { RunPostProcessor } from "../../src/core/parts.js";
import { ami, files, postProcessor, ready, setUp } from "./builds.js";

describe("post-processors", () => {
  const hand =
    (made: string, keep: boolean): RunPostProcessor<unknown> =>
    async () => ({ artifact: files(made), keepInput: { keep, forced: false }, files: [] });
  const failing: RunPostProcessor<unknown> = async () => {
    throw new Error("post-processing failed");
  };

  test("a failed post-processor fails the build and keeps the image", async () => {
    const bench = setUp([ready("a", async () => ami, { postProcessors: [[postProcessor(failing)]] })]);
    const result = await bake(bench.plan, bench.parts);
    expect(result.builds[0]).toMatchObject({ outcome: "failed", artifacts: [ami] });
    expect(bench.destroyed).toEqual([]);
  });

  test("other pipelines run after a failed pipeline", async () => {
    const bench = setUp([
      ready("a", async () => ami, { postProcessors: [[postProcessor(failing)], [postProcessor(hand("x", true))]] }),
    ]);
    const result = await bake(bench.plan, bench.parts);
    expect(result.builds[0]?.artifacts).toEqual([ami, files("x")]);
  });

  test("files that are not kept are deleted, an AMI never", async () => {
    const built = files("built");
    const bench = setUp([
      ready("a", async () => built, {
        postProcessors: [[postProcessor(hand("one", false)), postProcessor(hand("two", false))]],
      }),
      ready("b", async () => ami, { postProcessors: [[postProcessor(hand("three", false))]] }),
    ]);
    const result = await bake(bench.plan, bench.parts);
    expect(bench.destroyed).toEqual([files("one"), built]);
    expect(result.builds.map((build) => build.artifacts)).toEqual([[files("two")], [ami, files("three")]]);
  });

  test.each([
    [true, 0],
    [false, 1],
  ])("keep_input_artifact %p overrides the default", async (keep, destroyed) => {
    const bench = setUp([
      ready("a", async () => files("built"), { postProcessors: [[postProcessor(hand("one", !keep), keep)]] }),
    ]);
    await bake(bench.plan, bench.parts);
    expect(bench.destroyed).toHaveLength(destroyed);
  });

  test("an artifact that a post-processor returns unchanged is listed once", async () => {
    const pass: RunPostProcessor<unknown> = async (artifact) => ({
      artifact,
      keepInput: { keep: true, forced: true },
      files: [],
    });
    const bench = setUp([ready("a", async () => ami, { postProcessors: [[postProcessor(pass)]] })]);
    expect((await bake(bench.plan, bench.parts)).builds[0]?.artifacts).toEqual([ami]);
  });

  test("a written file is reported even when a later post-processor fails", async () => {
    const file = { kind: "manifest", path: "/work/m.json" } as const;
    const writing: RunPostProcessor<unknown> = async (artifact) => ({
      artifact,
      keepInput: { keep: true, forced: true },
      files: [file],
    });
    const pipeline = [postProcessor(writing), postProcessor(failing)];
    const bench = setUp([ready("a", async () => ami, { postProcessors: [pipeline] })]);
    const result = await bake(bench.plan, bench.parts);
    expect(result.outcome).toBe("failed");
    expect(bench.events.filter(({ type }) => type === "file-written")).toMatchObject([{ build: "a", file }]);
  });
});
