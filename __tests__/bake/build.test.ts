import { describe, expect, test } from "@jest/globals";
import { bake } from "../../src/bake/bake.js";
import type { BakeParts } from "../../src/bake/contract.js";
import type { AmiArtifact, Artifact } from "../../src/core/artifact.js";
import type { RunBuilder } from "../../src/core/parts.js";
import { ami, ready, setUp } from "./builds.js";

describe("a finished image", () => {
  test("is reported when a later step fails", async () => {
    const bench = setUp([
      ready("a", async (_options, context) => {
        context.keepImage(ami);
        throw new Error("tagging failed");
      }),
    ]);
    const result = await bake(bench.plan, bench.parts);
    expect(result.builds[0]).toMatchObject({ outcome: "failed", artifacts: [ami] });
  });

  test.each([
    [false, ["published", "complete"]],
    [true, ["published"]],
  ])("is completed after publishing, and not when that fails (%p)", async (fails, order) => {
    const seen: string[] = [];
    const build: RunBuilder<unknown> = async (_options, context) => {
      context.afterPublish(async () => void seen.push("complete"));
      return ami;
    };
    const publish = {
      names: () => [],
      check: async () => new Map(),
      run: async () => {
        seen.push("published");
        if (fails) throw new Error("the parameter was not written");
        return [];
      },
    };
    const bench = setUp([ready("a", build)], { publish });
    expect((await bake(bench.plan, bench.parts)).outcome).toBe(fails ? "failed" : "succeeded");
    expect(seen).toEqual(order);
  });

  test.each([false, true])(
    "is accompanied until the end, then its leases are released (failing: %p)",
    async (fails) => {
      const seen: string[] = [];
      const build: RunBuilder<unknown> = async (_options, context) => {
        context.ledger.intend({ key: "a/lease", kind: "lease", build: context.identity.name });
        context.untilEnd(async (ended) => {
          await new Promise((end) => ended.addEventListener("abort", end, { once: true }));
          seen.push("companion ended");
          throw new Error("which changes nothing");
        });
        context.afterPublish(async () => void seen.push("complete"));
        if (fails) throw new Error("it broke");
        return ami;
      };
      const publish = { names: () => [], check: async () => new Map(), run: async () => [] };
      const release: BakeParts["release"] = async (entries) => {
        seen.push(...entries.map(({ intent }) => `released ${intent.key}`));
      };
      const bench = setUp([ready("a", build)], { publish, release });
      expect((await bake(bench.plan, bench.parts)).outcome).toBe(fails ? "failed" : "succeeded");
      expect(seen).toEqual([...(fails ? [] : ["complete"]), "companion ended", "released a/lease"]);
    },
  );

  test("the last completion waits for all others", async () => {
    const seen: string[] = [];
    let quickIsDone = () => {};
    const quick = new Promise<void>((resolve) => {
      quickIsDone = resolve;
    });
    const build: RunBuilder<unknown> = async (_options, context) => {
      context.afterPublish(async () => {
        await quick;
        seen.push("slow copy");
      });
      context.afterPublish(async () => {
        seen.push("quick copy");
        quickIsDone();
      });
      context.afterPublish(async () => void seen.push("first image"));
      return ami;
    };
    const bench = setUp([ready("a", build)]);
    await bake(bench.plan, bench.parts);
    expect(seen).toEqual(["quick copy", "slow copy", "first image"]);
  });

  test.each([
    ["fail", "failed"],
    ["warn", "succeeded"],
  ] as const)(
    "a missing region with missing-region %s: %s; the existing images are published",
    async (missingRegion, outcome) => {
      const partial = { ...ami, missing: [{ region: "eu-west-1", reason: "no key" }] };
      const published: Artifact[] = [];
      const publish = {
        names: () => [],
        check: async () => new Map(),
        run: async (artifact: AmiArtifact) => {
          published.push(artifact);
          return [];
        },
      };
      const bench = setUp([ready("a", async () => partial)], { publish }, { missingRegion });
      expect((await bake(bench.plan, bench.parts)).outcome).toBe(outcome);
      expect(published).toEqual([partial]);
    },
  );
});
