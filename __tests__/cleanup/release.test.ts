import {
  CreateImageCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  DisableImageDeregistrationProtectionCommand,
  EnableImageDeregistrationProtectionCommand,
  RegisterImageCommand,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { releaseEntries } from "../../src/cleanup/release.js";
import { narrator } from "../../src/core/events.js";
import { type LedgerRecord, openLedger } from "../../src/core/ledger.js";
import { testCloud } from "../support/cloud.js";
import { makersOn, specification, stockImage } from "./makers.js";

const cloud = testCloud({ scale: 0 });

beforeEach(() => cloud.endpoint().baseline());

const makers = makersOn(cloud);

function parts(records: LedgerRecord[] = []) {
  const ledger = openLedger({ append: (record) => records.push(record) }, Date.now);
  return {
    ledger,
    narrator: narrator([], Date.now),
    now: Date.now,
    signal: new AbortController().signal,
    env: {},
    openSession: () => cloud.session(),
  };
}

describe("a resource whose create response was lost", () => {
  test.each(Object.keys(makers).filter((name) => !name.startsWith("role")))("%s is found and removed", async (name) => {
    const intent = await makers[name]?.(`lost-${name.replaceAll(" ", "-")}`);
    if (!intent) throw new Error("no intent");
    const tools = parts();
    tools.ledger.intend({ ...intent, account: { region: "us-east-1" } });
    expect(await releaseEntries(tools.ledger.entries(), tools)).toEqual([]);
    expect(cloud.endpoint().held()).toEqual({});
    expect(tools.ledger.entries().map((entry) => entry.state)).toEqual(["released"]);
  });

  test("a role is removed from its profile first", async () => {
    const role = await makers["role and its profile"]?.("lost-role");
    if (!role) throw new Error("no intent");
    const tools = parts();
    const account = { region: "us-east-1" };
    tools.ledger.intend({ ...role, account });
    tools.ledger.intend({ ...role, key: "lost-role-profile", kind: "instance-profile", account });
    expect(await releaseEntries(tools.ledger.entries(), tools)).toEqual([]);
    expect(cloud.endpoint().held()).toEqual({});
  });

  test("one that was never created is closed a minute after its intent", async () => {
    const tools = parts();
    tools.ledger.intend({ key: "never", kind: "security-group", build: "web", account: { region: "us-east-1" } });
    const later = { ...tools, now: () => Date.now() + 61_000 };
    expect(await releaseEntries(tools.ledger.entries(), later)).toEqual([]);
    expect(tools.ledger.entries()[0]?.state).toBe("released");
  });

  test("a resource of the same name that is not ours is kept", async () => {
    await makers["key-pair by name"]?.("theirs");
    const tools = parts();
    tools.ledger.intend({
      key: "ours",
      kind: "key-pair",
      build: "web",
      name: "packer_theirs",
      account: { region: "us-east-1" },
    });
    await releaseEntries(tools.ledger.entries(), { ...tools, now: () => Date.now() + 61_000 });
    expect(cloud.endpoint().held()).not.toEqual({});
  });
});

describe("releasing", () => {
  test.each<[string, Record<string, string>]>([
    ["an unfinished copy", { source: "ami-0123456789abcdef0" }],
    ["an image replaced by its copies", { superseded: "true" }],
  ])("%s goes with its snapshots, while one that is available or protected stays", async (_name, details) => {
    const ec2 = await cloud.session().ec2();
    const run = await ec2.send(
      new RunInstancesCommand({ ImageId: await stockImage(cloud), MinCount: 1, MaxCount: 1, InstanceType: "t3.micro" }),
    );
    const InstanceId = run.Instances?.[0]?.InstanceId;
    const tags = [...specification("image", "half"), ...specification("snapshot", "half")];
    await ec2.send(new CreateImageCommand({ InstanceId, Name: "half", TagSpecifications: tags }));
    const tools = parts();
    const intent = {
      key: "half",
      kind: "image",
      build: "web",
      name: "half",
      account: { region: "us-east-1" },
    } as const;
    tools.ledger.intend(intent);
    expect(await releaseEntries(tools.ledger.entries(), tools)).toEqual([]);
    expect(Object.keys(cloud.endpoint().held())).toContain("images");
    expect(tools.ledger.entries()[0]).toMatchObject({ state: "kept", why: expect.stringMatching(/rerun/) });
    const ImageId = tools.ledger.entries()[0]?.id;
    await ec2.send(new EnableImageDeregistrationProtectionCommand({ ImageId }));
    tools.ledger.intend({ ...intent, details: { source: "ami-0123456789abcdef0" } });
    expect(await releaseEntries(tools.ledger.entries(), tools)).toEqual([]);
    expect(tools.ledger.entries()[0]).toMatchObject({ state: "kept", why: expect.stringMatching(/^protected/) });
    await ec2.send(new DisableImageDeregistrationProtectionCommand({ ImageId }));
    tools.ledger.intend({ ...intent, details });
    expect(await releaseEntries(tools.ledger.entries(), tools)).toEqual([]);
    expect(Object.keys(cloud.endpoint().held())).not.toContain("images");
    expect(Object.keys(cloud.endpoint().held())).not.toContain("snapshots");
  });

  test("snapshots of an image that was deregistered before the interruption are deleted", async () => {
    const ec2 = await cloud.session().ec2();
    const run = await ec2.send(
      new RunInstancesCommand({ ImageId: await stockImage(cloud), MinCount: 1, MaxCount: 1, InstanceType: "t3.micro" }),
    );
    const tags = [...specification("image", "cut-off"), ...specification("snapshot", "cut-off")];
    const made = { InstanceId: run.Instances?.[0]?.InstanceId, Name: "cut off", TagSpecifications: tags };
    const { ImageId = "" } = await ec2.send(new CreateImageCommand(made));
    const tools = parts();
    const details = { source: "ami-0123456789abcdef0" };
    tools.ledger.intend({ key: "cut-off", kind: "image", build: "web", details, account: { region: "us-east-1" } });
    tools.ledger.made("cut-off", ImageId);
    await ec2.send(new DeregisterImageCommand({ ImageId }));
    expect(await releaseEntries(tools.ledger.entries(), tools)).toEqual([]);
    expect(Object.keys(cloud.endpoint().held())).not.toContain("snapshots");
  });

  test.each<[string, boolean, boolean, string]>([
    ["is deleted after the image was deregistered", true, false, "released"],
    ["is kept if the image exists, and the entry is closed", false, false, "released"],
    ["is kept if another image uses it", true, true, "kept"],
  ])("the snapshot of an old image %s", async (name, deregistered, shared, state) => {
    const ec2 = await cloud.session().ec2();
    const run = await ec2.send(
      new RunInstancesCommand({ ImageId: await stockImage(cloud), MinCount: 1, MaxCount: 1, InstanceType: "t3.micro" }),
    );
    const { ImageId = "" } = await ec2.send(
      new CreateImageCommand({ InstanceId: run.Instances?.[0]?.InstanceId, Name: `old one that ${name.slice(0, 20)}` }),
    );
    const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: [ImageId] }));
    const SnapshotId = Images?.[0]?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? "";
    if (shared) {
      const mappings = [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId } }];
      const made = { Name: "of the same snapshot", RootDeviceName: "/dev/sda1", BlockDeviceMappings: mappings };
      await ec2.send(new RegisterImageCommand(made));
    }
    const tools = parts();
    const account = { region: "us-east-1" };
    const details = { image: ImageId };
    tools.ledger.intend({ key: "old", kind: "snapshot", build: "web", account, name: SnapshotId, details });
    if (deregistered) await ec2.send(new DeregisterImageCommand({ ImageId }));
    const later = { ...tools, now: () => Date.now() + 61_000 };
    expect(await releaseEntries(tools.ledger.entries(), later)).toEqual([]);
    expect(tools.ledger.entries()[0]?.state).toBe(state);
    const { Snapshots } = await ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ["self"] }));
    expect((Snapshots ?? []).some((snapshot) => snapshot.SnapshotId === SnapshotId)).toBe(!deregistered || shared);
  });

  test("is idempotent", async () => {
    const intent = await makers["security-group by key"]?.("twice");
    if (!intent) throw new Error("no intent");
    const tools = parts();
    tools.ledger.intend({ ...intent, account: { region: "us-east-1" } });
    const before = tools.ledger.entries();
    await releaseEntries(before, tools);
    expect(
      await releaseEntries(
        before.map((entry) => ({ ...entry, id: "sg-0123456789abcdef0" })),
        tools,
      ),
    ).toEqual([]);
  });

  test("reports the id and the reason of what cannot be removed", async () => {
    cloud.endpoint().faults([
      {
        action: "DeleteKeyPair",
        times: 100,
        when: "before",
        do: "error",
        code: "UnauthorizedOperation",
        message: "no",
        status: 403,
      },
    ]);
    const intent = await makers["key-pair by name"]?.("denied");
    if (!intent) throw new Error("no intent");
    const tools = parts();
    tools.ledger.intend({ ...intent, account: { region: "us-east-1" } });
    const left = await releaseEntries(tools.ledger.entries(), tools);
    cloud.endpoint().faults([]);
    expect(left).toMatchObject([{ kind: "key-pair", id: "packer_denied", region: "us-east-1" }]);
    expect(left[0]?.why).toMatch(/DeleteKeyPair/);
  });
});
