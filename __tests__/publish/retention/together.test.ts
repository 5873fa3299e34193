import { describe, expect, test } from "@jest/globals";
import { deregisterImage } from "../../../src/aws/image.js";
import type { RetentionRow } from "../../../src/core/retention.js";
import { rowsOf } from "../../../src/publish/retention/report.js";
import { applyRetention, type Retention } from "../../../src/publish/retention/retain.js";
import { ownSelection } from "../../../src/publish/retention/selection.js";
import { type TestCloud, testCloud } from "../../support/cloud.js";
import { makeThirty, namesIn, REGIONS, STAYING, snapshotsIn, time, useSome } from "../../support/thirty-images.js";

const order = (cloud: TestCloud, more: Partial<Retention> = {}): Retention => ({
  policy: { keep: 3, keepDays: undefined, disableFirst: undefined },
  regions: REGIONS,
  selection: ownSelection({ names: [], build: undefined, series: undefined }),
  spared: new Map(),
  spareShared: true,
  dryRun: false,
  now: () => time.now,
  scopeOf: cloud.scope,
  onDone: () => undefined,
  ...more,
});

const of = (rows: readonly RetentionRow[], what: RetentionRow["what"]) => rows.filter((row) => row.what === what);

describe("runs that remove the same images at the same time", () => {
  const cloud = testCloud({ scale: 0, clock: () => time.now });

  test("all succeed, and the right images stay", async () => {
    await useSome(cloud, await makeThirty(cloud));
    const outcomes = await Promise.all([1, 2, 3].map(() => applyRetention(order(cloud))));
    for (const outcome of outcomes) {
      expect(outcome.left).toEqual([]);
      expect(of(rowsOf(outcome, false), "could not be changed")).toEqual([]);
    }
    for (const region of REGIONS) {
      expect([region, await namesIn(cloud, region)]).toEqual([region, STAYING[region]]);
      const { existing, used } = await snapshotsIn(cloud, region);
      expect(existing).toEqual(used);
    }
  });
});

describe.each([
  ["before this run tags its snapshots", undefined],
  ["before this run disables it", 86_400_000],
])("an image that another run removes %s", (_, disableFirst) => {
  const cloud = testCloud({ scale: 0, clock: () => time.now });

  test("is reported as removed by the other run", async () => {
    await makeThirty(cloud);
    const policy = { keep: 3, keepDays: undefined, disableFirst };
    const planned = (await applyRetention(order(cloud, { policy, dryRun: true }))).choices;
    const first = planned.filter(({ fate, image }) => fate !== "keep" && image.region === "us-east-1").at(-1);
    const done: string[] = [];
    let removed = false;
    const outcome = await applyRetention(
      order(cloud, {
        policy,
        onDone: ({ image }) => void done.push(image.id),
        // Called when all images were read, before the first change.
        scopeOf: (region) => {
          const scope = cloud.scope(region);
          if (region !== "us-east-1" || first === undefined) return scope;
          const ec2: typeof scope.session.ec2 = async (where) => {
            const caller = await scope.session.ec2(where);
            return {
              ...caller,
              send: async (command, signal) => {
                if (!removed && "Tags" in command.input) {
                  removed = true;
                  await deregisterImage(cloud.scope(region), first.image.id, first.image.snapshotIds);
                }
                return caller.send(command, signal);
              },
            };
          };
          return { ...scope, session: { ...scope.session, ec2 } };
        },
      }),
    );
    expect(removed).toBe(true);
    expect(outcome.left).toEqual([]);
    expect(done).not.toContain(first?.image.id);
    const row = rowsOf(outcome, false).find(({ imageId }) => imageId === first?.image.id);
    expect(row).toMatchObject({ what: "removed", why: expect.stringMatching(/; another run removed it$/) });
  });
});
