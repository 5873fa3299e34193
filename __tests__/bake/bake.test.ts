import { describe, expect, test } from "@jest/globals";
import { bake } from "../../src/bake/bake.js";
import { BakeError } from "../../src/core/errors.js";
import type { RunBuilder } from "../../src/core/parts.js";
import { ami, intend, postProcessor, provisioner, provisioning, range, ready, setUp } from "./builds.js";

describe("parallel builds", () => {
  test("a failed build does not stop the others; results are in template order", async () => {
    const run = setUp([ready("a", intend("a")), ready("b", async () => ami)]);
    const result = await bake(run.plan, run.parts);
    expect(result.builds.map((build) => [build.identity.name, build.outcome])).toEqual([
      ["a", "failed"],
      ["b", "succeeded"],
    ]);
    expect(result.outcome).toBe("failed");
    expect(run.released).toEqual(["a/instance"]);
  });

  test("an error without a place is reported at the build", async () => {
    const wrong: RunBuilder<unknown> = async () => {
      throw new BakeError("no such thing", { code: "nothing" });
    };
    const bench = setUp([ready("a", wrong)]);
    const result = await bake(bench.plan, bench.parts);
    expect(result.builds[0]?.errors).toMatchObject([{ code: "nothing", range }]);
  });

  test.each(["provisioner", "post-processor"])(
    "an error of a %s without a place is reported at the %s",
    async (part) => {
      const place = { ...range, file: part };
      const wrong = async () => {
        throw new BakeError("no such thing", { code: "nothing" });
      };
      const parts =
        part === "provisioner"
          ? { provisioners: [provisioner(wrong, { range: place })] }
          : { postProcessors: [[{ ...postProcessor(wrong), range: place }]] };
      const bench = setUp([ready("a", provisioning, parts)]);
      const result = await bake(bench.plan, bench.parts);
      expect(result.builds[0]?.errors).toMatchObject([{ code: "nothing", range: place }]);
    },
  );

  test.each([
    [1, 1],
    [2, 2],
    [0, 3],
  ])("parallel-builds %d runs at most %d at once", async (parallelBuilds, most) => {
    let now = 0;
    let seen = 0;
    let started = 0;
    let allStarted = () => {};
    // No build ends before the maximum number of builds has started, however long a start takes.
    const begun = new Promise<void>((resolve) => {
      allStarted = resolve;
    });
    const run: RunBuilder<unknown> = async () => {
      seen = Math.max(seen, ++now);
      if (++started === most) allStarted();
      await begun;
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      return ami;
    };
    const bench = setUp(
      ["a", "b", "c"].map((name) => ready(name, run)),
      { parallelBuilds },
    );
    await bake(bench.plan, bench.parts);
    expect(seen).toBe(most);
  });

  test("builds that write the same parameter fail before they start", async () => {
    let started = 0;
    const run: RunBuilder<unknown> = async () => {
      started++;
      return ami;
    };
    const publish = { names: () => ["/images/web/latest"], check: async () => new Map(), run: async () => [] };
    const bench = setUp([ready("a", run), ready("b", run)], { publish });
    const result = await bake(bench.plan, bench.parts);
    expect(started).toBe(0);
    expect(result.builds.map((build) => build.errors[0]?.code)).toEqual(["parameter-clash", "parameter-clash"]);
  });
});
