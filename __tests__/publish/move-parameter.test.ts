import { CreateSnapshotCommand, CreateVolumeCommand, RegisterImageCommand } from "@aws-sdk/client-ec2";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, test } from "@jest/globals";
import { labelParameter, putImageParameter, readParameter, readParameterHistory } from "../../src/aws/parameter.js";
import { systemClock } from "../../src/core/clock.js";
import { type BakeEvent, narrator } from "../../src/core/events.js";
import type { ImageRank } from "../../src/core/image-order.js";
import { checkParameters } from "../../src/publish/foreign-parameter.js";
import { moveParameter, refuseFullParameter } from "../../src/publish/move-parameter.js";
import { testCloud } from "../support/cloud.js";

/** Parameters take a moment to become visible. */
const slow = testCloud({ times: { consistency: 0, register: 0, snapshot: 0, volume: 0, parameter: 0.2 } });
const cloud = testCloud({ scale: 0 });
let count = 0;

/** Creates an image in the account, from a snapshot of an empty volume. */
async function image(region = "us-east-1", where = cloud): Promise<string> {
  const ec2 = await where.session(region).ec2();
  const volume = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: `${region}a`, Size: 8 }));
  const { SnapshotId } = await ec2.send(new CreateSnapshotCommand({ VolumeId: volume.VolumeId }));
  const { ImageId } = await ec2.send(
    new RegisterImageCommand({
      Name: `image-${++count}`,
      RootDeviceName: "/dev/sda1",
      BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId } }],
    }),
  );
  if (!ImageId) throw new Error("no image");
  return ImageId;
}

const rank = (id: string, createdAt: string): ImageRank => ({ createdAt: Date.parse(createdAt), id });

const move = (name: string, imageId: string, imageCreatedAt = "2100-01-01T00:00:00.000Z") => ({
  name,
  imageId,
  rank: async () => rank(imageId, imageCreatedAt),
  refuse: async () => undefined,
  tags: { a: "b" },
  expected: false,
});

/** The calls that `work` makes, in order. */
async function callsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  const before = cloud.endpoint().calls().length;
  await work();
  return cloud
    .endpoint()
    .calls()
    .slice(before)
    .map(({ action }) => action);
}

describe("a parameter of plain text, as Terraform and Image Builder create them", () => {
  test.each([true, false])("keeps its data type, with a warning (expected to exist: %s)", async (expected) => {
    const path = `/text/${expected}`;
    const [older, ours] = [await image(), await image()];
    await cloud
      .session()
      .ssm()
      .then((ssm) => ssm.send(new PutParameterCommand({ Name: path, Value: older, Type: "String" })));
    const events: BakeEvent[] = [];
    const scope = { ...cloud.scope(), narrator: narrator([(event) => events.push(event)], Date.now, "web") };
    expect(await moveParameter(scope, { ...move(path, ours), expected })).toMatchObject({
      outcome: "moved",
      version: 2,
    });
    expect(await readParameter(cloud.scope(), path)).toMatchObject({ value: ours, dataType: "text" });
    expect(events).toMatchObject([
      { type: "diagnostic", diagnostic: { code: "parameter-of-text", severity: "warning" } },
    ]);
  });
});

describe("the calls of a move", () => {
  const NEW = ["PutParameter", "GetParameter"];
  const LOOK = ["GetParameter", "PutParameter", "GetParameter"];

  test.each<[string, boolean, "new" | "older" | "same", readonly string[]]>([
    ["a new parameter", false, "new", NEW],
    ["a new parameter that was expected to exist", true, "new", LOOK],
    ["one that exists", true, "older", LOOK],
    ["one that exists and was not expected to", false, "older", ["PutParameter", ...LOOK]],
    ["one that names the image already", true, "same", ["GetParameter"]],
  ])("%s", async (name, expected, there, calls) => {
    const path = `/calls/${name.replaceAll(" ", "-")}`;
    const [older, ours] = [await image(), await image()];
    if (there !== "new") await moveParameter(cloud.scope(), move(path, there === "same" ? ours : older));
    const scope = cloud.scope();
    expect(await callsOf(() => moveParameter(scope, { ...move(path, ours), expected }))).toEqual(calls);
  });

  test("the parameter's image is read only if it can be newer", async () => {
    const [older, ours] = [await image(), await image()];
    const scope = cloud.scope();
    await moveParameter(scope, move("/calls/age", older));
    const soon = new Date(Date.now() + 1000).toISOString();
    const moved = { ...move("/calls/age", ours, soon), expected: true };
    expect(await callsOf(() => moveParameter(scope, moved))).toContain("DescribeImages");
  });
});

describe("moveParameter", () => {
  test("creates a parameter with one put and reads it back", async () => {
    const scope = cloud.scope();
    const id = await image();
    const before = cloud.endpoint().calls().length;
    expect(await moveParameter(scope, move("/images/first", id))).toMatchObject({ outcome: "moved", version: 1 });
    expect(await readParameter(scope, "/images/first")).toMatchObject({ value: id, version: 1 });
    expect(
      cloud
        .endpoint()
        .calls()
        .slice(before)
        .filter((call) => call.action === "PutParameter"),
    ).toHaveLength(1);
  });

  test("moves to a newer image, and again to the same", async () => {
    const scope = cloud.scope();
    const [one, two] = [await image(), await image()];
    await moveParameter(scope, move("/images/second", one));
    expect(await moveParameter(scope, move("/images/second", two))).toMatchObject({
      outcome: "moved",
      version: 2,
      previous: one,
    });
    expect(await moveParameter(scope, move("/images/second", two))).toMatchObject({ outcome: "already", version: 2 });
  });

  test("does not move it back for an older image", async () => {
    const scope = cloud.scope();
    const [older, newer] = [await image(), await image()];
    await moveParameter(scope, move("/images/third", newer));
    expect(await moveParameter(scope, move("/images/third", older, "2001-01-01T00:00:00.000Z"))).toMatchObject({
      outcome: "newer",
      value: newer,
    });
    expect((await readParameter(scope, "/images/third"))?.value).toBe(newer);
  });

  test("restores a newer image that was put between its read and its put", async () => {
    const scope = cloud.scope();
    const [first, slow, newer] = [await image(), await image(), await image()];
    await moveParameter(scope, move("/images/overtaken", first, "2000-01-01T00:00:00.000Z"));
    let overtaken = false;
    const slower = {
      ...move("/images/overtaken", slow),
      // Called between the read and the put, when the other bake writes; created after the first image and before the newer one.
      rank: async () => {
        if (!overtaken) {
          overtaken = true;
          await moveParameter(scope, move("/images/overtaken", newer));
          return rank(slow, "2100-01-01T00:00:00.000Z");
        }
        return rank(slow, "2001-01-01T00:00:00.000Z");
      },
    };
    expect(await moveParameter(scope, slower)).toMatchObject({ outcome: "newer", value: newer });
    const versions = await readParameterHistory(scope, "/images/overtaken");
    expect(versions.map(({ value }) => value)).toEqual([first, newer, slow, newer]);
    expect((await readParameter(scope, "/images/overtaken"))?.value).toBe(newer);
  });

  test("keeps its image after a put of an older image in between", async () => {
    const scope = cloud.scope();
    const [first, other, last] = [await image(), await image(), await image()];
    await moveParameter(scope, move("/images/stays", first));
    let overtaken = false;
    const rankOfLast = async () => {
      if (!overtaken) {
        overtaken = true;
        await moveParameter(scope, move("/images/stays", other));
      }
      return rank(last, "2100-01-01T00:00:00.000Z");
    };
    expect(await moveParameter(scope, { ...move("/images/stays", last), rank: rankOfLast })).toMatchObject({
      outcome: "moved",
      version: 3,
    });
    expect((await readParameter(scope, "/images/stays"))?.value).toBe(last);
  });

  test("reports the progress of a wait for Parameter Store", async () => {
    let leapt = 0;
    const clock = {
      now: () => systemClock.now() + leapt,
      sleep: (ms: number, signal?: AbortSignal) => {
        leapt += ms > 20_000 ? 0 : 11_000;
        return systemClock.sleep(ms > 20_000 ? ms : 10, signal);
      },
    };
    const events: BakeEvent[] = [];
    const there = slow.scope();
    const scope = {
      ...there,
      session: { ...there.session, clock },
      narrator: narrator([(event) => events.push(event)], Date.now, "web"),
    };
    const id = await image("us-east-1", slow);
    await moveParameter(scope, move("/images/slow", id));
    expect(events).toContainEqual(
      expect.objectContaining({ type: "progress", what: `Parameter Store to validate ${id} for "/images/slow"` }),
    );
  });

  test("at 100 versions moves the label of the oldest to a version with the same value, or fails", async () => {
    const scope = cloud.scope();
    const [first, other, last] = [await image(), await image(), await image()];
    const fill = async (name: string, values: readonly string[]) => {
      await moveParameter(scope, move(name, first));
      await labelParameter(scope, name, 1, "prod");
      for (const value of values) {
        await putImageParameter(scope, name, value, { first: false, dataType: undefined });
      }
    };
    await fill(
      "/images/full",
      Array.from({ length: 99 }, () => other),
    );
    await expect(moveParameter(scope, move("/images/full", last))).rejects.toThrow(
      /the label "prod" keeps the oldest one/,
    );
    await expect(refuseFullParameter(scope, "/images/full")).rejects.toMatchObject({ code: "parameter-versions-full" });
    const series = {
      image: "web",
      build: "web",
      repository: "r",
      architecture: "x86_64",
      imageName: "w",
      namePattern: "*",
    };
    const access = {
      context: { signal: scope.signal, narrator: narrator([], Date.now) },
      openSession: () => ({ ...scope.session, close: () => undefined }),
    };
    await expect(checkParameters([{ name: "/images/full", region: "us-east-1" }], series, access)).rejects.toThrow(
      /has 100 versions, and the label "prod" keeps the oldest one in us-east-1/,
    );
    await fill(
      "/images/twin",
      Array.from({ length: 99 }, (_, n) => (n === 50 ? first : other)),
    );
    await refuseFullParameter(scope, "/images/twin");
    expect(await moveParameter(scope, move("/images/twin", last))).toMatchObject({ outcome: "moved" });
    const labelled = (await readParameterHistory(scope, "/images/twin")).filter((version) =>
      version.labels.includes("prod"),
    );
    expect(labelled.map((version) => version.value)).toEqual([first]);
  });
});
