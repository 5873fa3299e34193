import { DeleteParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { Ec2 } from "../../../src/aws/client/clients.js";
import { deregisterImage, describeOwnImages } from "../../../src/aws/image.js";
import { describeSnapshotsTagged } from "../../../src/aws/snapshot.js";
import { setTags } from "../../../src/aws/tags.js";
import { Cancelled } from "../../../src/core/errors.js";
import type { Endpoint } from "../../../src/local/endpoint/server.js";
import { applyRetention, type Retention } from "../../../src/publish/retention/retain.js";
import { ownSelection } from "../../../src/publish/retention/selection.js";
import { type TestCloud, testCloud } from "../../support/cloud.js";
import {
  DAY,
  idOf,
  makeThirty,
  namesIn,
  REGIONS,
  STAYING,
  snapshotsIn,
  time,
  useSome,
} from "../../support/thirty-images.js";

const POLICY = { keep: 3, keepDays: undefined, disableFirst: undefined };

function order(cloud: TestCloud, more: Partial<Retention> = {}): Retention {
  return {
    policy: POLICY,
    regions: REGIONS,
    selection: ownSelection({ names: [], build: undefined, series: undefined }),
    spared: new Map(),
    spareShared: true,
    dryRun: false,
    now: () => time.now,
    scopeOf: cloud.scope,
    onDone: () => undefined,
    ...more,
  };
}

async function expectExactlyTheRightOnes(cloud: TestCloud): Promise<void> {
  for (const region of REGIONS) {
    expect([region, await namesIn(cloud, region)]).toEqual([region, STAYING[region]]);
    const { existing, used } = await snapshotsIn(cloud, region);
    expect(existing).toEqual(used);
  }
}

/** Calls that change something. */
const changes = (endpoint: Endpoint) => endpoint.calls().filter(({ action }) => !/^(Describe|Get|List)/.test(action));

describe("thirty images in three regions", () => {
  describe.each<[string, readonly Parameters<Endpoint["faults"]>[0][number][]]>([
    ["by DescribeImageReferences", []],
    [
      "where the API lacks it",
      [{ action: "DescribeImageReferences", times: 99, do: "error", code: "InvalidAction", status: 400 }],
    ],
    [
      "where it is not allowed",
      [{ action: "DescribeImageReferences", times: 99, do: "error", code: "UnauthorizedOperation", status: 403 }],
    ],
  ])("%s", (_name, faults) => {
    const cloud = testCloud({ scale: 0, clock: () => time.now });

    test("a dry run reports the decisions, the run keeps exactly these images, another run changes nothing", async () => {
      await useSome(cloud, await makeThirty(cloud));
      const endpoint = cloud.endpoint();
      endpoint.forget();
      endpoint.faults(faults);
      const planned = await applyRetention(order(cloud, { dryRun: true }));
      expect(changes(endpoint)).toEqual([]);
      const removed: string[] = [];
      const done = await applyRetention(order(cloud, { onDone: ({ image }) => void removed.push(image.id) }));
      expect(done.choices).toEqual(planned.choices);
      expect(done.left).toEqual([]);
      expect(removed).toHaveLength(30 - 8 - 7 - 4);
      await expectExactlyTheRightOnes(cloud);
      endpoint.forget();
      endpoint.faults(faults);
      expect((await applyRetention(order(cloud))).choices.filter(({ fate }) => fate !== "keep")).toEqual([]);
      // The tags were removed from the snapshot that another image uses.
      expect(changes(endpoint).map(({ action }) => action)).toEqual(["DeleteSnapshot", "DeleteTags"]);
    });

    test("each kept image has a reason", async () => {
      const { choices } = await applyRetention(order(cloud, { dryRun: true }));
      const why = choices.map(({ image, why }) => `${image.region} ${image.name}: ${why}`);
      expect(why).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^us-east-1 web-1: used by instance i-/),
          expect.stringMatching(/^us-east-1 web-2: used by launch template lt-/),
          "us-east-1 web-3: used by parameter /images/web/latest:prod",
          "us-east-1 web-5: used by parameter /images/web/latest",
          "us-east-1 web-6: used by launch configuration old-web",
          "eu-west-1 web-4: used by parameter /deploy",
          "eu-west-1 web-6: shared with 210987654321",
          "eu-west-1 web-7: deregistration protection is enabled",
          expect.stringMatching(/^ap-northeast-1 web-3: used by .*parameter \/web\/base/),
          "us-east-1 web-10: one of the newest 3",
        ]),
      );
    });

    test("the image that a parameter names before a planned bake moves it is not kept, those with its labels are", async () => {
      const moved = new Map([["us-east-1", "/images/web/latest"]]);
      const expected = { created: new Map(), replaced: new Set<string>(), moved };
      const { choices } = await applyRetention(order(cloud, { dryRun: true, expected }));
      const found = choices.flatMap(({ image, why, fate }) =>
        image.region === "us-east-1" && /^web-[35]$/.test(image.name) ? [`${image.name} ${fate}: ${why}`] : [],
      );
      expect(found.toSorted()).toEqual([
        "web-3 keep: used by parameter /images/web/latest:prod",
        expect.stringMatching(/^web-5 remove: \d+ newer/),
      ]);
    });
  });
});

describe("with a cloud for each", () => {
  const cloud = testCloud({ scale: 0, clock: () => time.now });

  afterEach(async () => {
    cloud.endpoint().forget();
    for (const region of REGIONS) {
      const scope = cloud.scope(region);
      for (const { id, snapshotIds } of await describeOwnImages(scope, [], "with disabled ones")) {
        await deregisterImage(scope, id, snapshotIds);
      }
    }
  });

  test.each<[string, string]>([
    ["DescribeLaunchConfigurations", "AccessDenied"],
    ["DescribeParameters", "AccessDeniedException"],
    ["GetParameterHistory", "AccessDeniedException"],
    ["DescribeImageAttribute", "UnauthorizedOperation"],
  ])("nothing is removed when %s is denied", async (action, code) => {
    const ids = await makeThirty(cloud);
    const named = { Name: `/images/${action}`, Type: "String", DataType: "aws:ec2:image" } as const;
    const ssm = await cloud.session("us-east-1").ssm();
    await ssm.send(new PutParameterCommand({ ...named, Value: idOf(ids, "us-east-1", 10) }));
    cloud.endpoint().forget();
    cloud.endpoint().faults([{ action, region: "us-east-1", times: 99, do: "error", code, status: 403 }]);
    const failed = expect.objectContaining({
      code: "image-use-unknown",
      message: expect.stringContaining("Could not determine what uses the images in us-east-1. No image was removed"),
      hint: expect.stringContaining(action),
    });
    await expect(applyRetention(order(cloud))).rejects.toEqual(failed);
    expect(changes(cloud.endpoint())).toEqual([]);
    await ssm.send(new DeleteParameterCommand({ Name: named.Name }));
  });

  test("a failure is reported and does not stop the others", async () => {
    await makeThirty(cloud);
    cloud
      .endpoint()
      .faults([
        { action: "DeregisterImage", region: "eu-west-1", do: "error", code: "UnauthorizedOperation", status: 403 },
      ]);
    const { left } = await applyRetention(order(cloud));
    expect(left).toEqual([expect.objectContaining({ kind: "image", region: "eu-west-1" })]);
    expect(await describeSnapshotsTagged(cloud.scope("eu-west-1"), "bake-ami:retired")).toEqual([]);
    expect(await namesIn(cloud, "us-east-1")).toHaveLength(3);
    expect(await namesIn(cloud, "eu-west-1")).toHaveLength(4);
    await applyRetention(order(cloud));
    expect(await namesIn(cloud, "eu-west-1")).toHaveLength(3);
  });

  test("images are disabled first, removed after the time, and kept when the policy then keeps more", async () => {
    await makeThirty(cloud);
    const soft = { policy: { ...POLICY, disableFirst: 7 * DAY } };
    const first = await applyRetention(order(cloud, soft));
    expect(first.choices.filter(({ fate }) => fate === "disable")).toHaveLength(21);
    const disabled = await describeOwnImages(
      cloud.scope(),
      [{ Name: "state", Values: ["disabled"] }],
      "with disabled ones",
    );
    expect(disabled).toHaveLength(7);
    expect((await applyRetention(order(cloud, soft))).choices.filter(({ fate }) => fate !== "keep")).toEqual([]);
    time.now += 7 * DAY;
    const more = await applyRetention(order(cloud, { policy: { ...soft.policy, keep: 5 }, dryRun: true }));
    expect(more.choices.filter(({ why }) => why.includes("but disabled"))).toHaveLength(6);
    const second = await applyRetention(order(cloud, soft));
    expect(second.choices.filter(({ fate }) => fate === "remove")).toHaveLength(21);
    for (const region of REGIONS) expect(await namesIn(cloud, region)).toEqual(["web-10", "web-8", "web-9"]);
  });

  test("plain text parameters that cannot be read are reported and do not protect images", async () => {
    const ids = await makeThirty(cloud);
    const ssm = await cloud.session("us-east-1").ssm();
    for (const [name, release] of [
      ["/open", 1],
      ["/closed", 2],
    ] as const) {
      await ssm.send(new PutParameterCommand({ Name: name, Type: "String", Value: idOf(ids, "us-east-1", release) }));
    }
    const denied = { do: "error", code: "AccessDeniedException", status: 400 } as const;
    // Both in one call, then the first one separately.
    cloud.endpoint().faults([{ action: "GetParameters", nth: 1, ...denied }]);
    const all = await applyRetention(order(cloud, { regions: ["us-east-1"], dryRun: true }));
    expect(all.unread).toEqual([]);
    expect(all.choices.map(({ why }) => why).slice(-2)).toEqual([
      "used by parameter /closed",
      "used by parameter /open",
    ]);
    cloud.endpoint().forget();
    const lacking = {
      action: "DescribeImageReferences",
      times: 9,
      do: "error",
      code: "InvalidAction",
      status: 400,
    } as const;
    cloud.endpoint().faults([{ action: "GetParameters", times: 2, ...denied }, lacking]);
    const { unread, choices } = await applyRetention(order(cloud, { regions: ["us-east-1"], dryRun: true }));
    expect(unread).toHaveLength(1);
    expect(choices.filter(({ why }) => why.startsWith("used by parameter /"))).toHaveLength(1);
    for (const Name of ["/open", "/closed"]) await ssm.send(new DeleteParameterCommand({ Name }));
  });

  test("an image with the tag of failed tests does not count", async () => {
    const ids = await makeThirty(cloud);
    await setTags(cloud.scope(), [idOf(ids, "us-east-1", 9)], { "bake-ami:test-failed": "abc" });
    const { choices } = await applyRetention(order(cloud, { regions: ["us-east-1"], dryRun: true }));
    expect(choices.slice(0, 4).map(({ image, why }) => `${image.name}: ${why}`)).toEqual([
      "web-10: one of the newest 3",
      "web-9: one of the newest 3, but its tests failed",
      "web-8: one of the newest 3",
      "web-7: one of the newest 3",
    ]);
  });

  test("a spared image counts, even before its tags are removed", async () => {
    const ids = await makeThirty(cloud);
    const newest = idOf(ids, "us-east-1", 10);
    await setTags(cloud.scope(), [newest], { "bake-ami:unfinished": "finish" });
    const spared = new Map([[newest, "just baked"]]);
    const { choices } = await applyRetention(order(cloud, { regions: ["us-east-1"], spared }));
    expect(choices.filter(({ fate }) => fate === "keep").map(({ image }) => image.name)).toEqual([
      "web-10",
      "web-9",
      "web-8",
    ]);
  });
});

/**
 * A scope whose run ends at its `nth` changing call, before or after the call takes effect; a cloud that is not `current` has no
 * DeleteAssociatedSnapshots.
 */
function cutOff(cloud: TestCloud, nth: number, when: "before" | "after", current: boolean): Retention["scopeOf"] {
  let changes = 0;
  const controller = new AbortController();
  const cut = (): never => {
    controller.abort(new Cancelled());
    throw new Cancelled();
  };
  return (region) => {
    const scope = cloud.scope(region);
    const ec2 = async (where?: string): Promise<Ec2> => {
      const caller = await scope.session.ec2(where);
      return {
        ...caller,
        async send(command, signal) {
          if (!current) Reflect.deleteProperty(command.input, "DeleteAssociatedSnapshots");
          if (/^(Describe|Get)/.test(command.constructor.name) || ++changes !== nth)
            return caller.send(command, signal);
          if (when === "after") await caller.send(command, signal);
          return cut();
        },
      };
    };
    return { ...scope, signal: controller.signal, session: { ...scope.session, ec2 } };
  };
}

describe.each([
  ["", true, [1, 2, 3, 4]],
  [", where snapshots are deleted by calls of their own", false, [1, 2, 3, 4, 5]],
])("interrupted%s", (_, current, calls) => {
  const cloud = testCloud({ scale: 0, clock: () => time.now });

  test("before or after any changing call, the next run completes it", async () => {
    await makeThirty(cloud);
    const one = { regions: ["us-east-1"], policy: { ...POLICY, keep: 1 } };
    for (const nth of calls) {
      for (const when of ["before", "after"] as const) {
        await expect(
          applyRetention(order(cloud, { ...one, scopeOf: cutOff(cloud, nth, when, current) })),
        ).rejects.toThrow(Cancelled);
      }
    }
    expect((await namesIn(cloud, "us-east-1")).length).toBeGreaterThan(1);
    await applyRetention(order(cloud, one));
    expect(await namesIn(cloud, "us-east-1")).toEqual(["web-10"]);
    const { existing, used } = await snapshotsIn(cloud, "us-east-1");
    expect(existing).toEqual(used);
  });
});
