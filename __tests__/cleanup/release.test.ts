import {
  CreateImageCommand,
  CreateLaunchTemplateCommand,
  CreateSecurityGroupCommand,
  CreateVolumeCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  DisableImageDeregistrationProtectionCommand,
  EnableImageDeregistrationProtectionCommand,
  ImportKeyPairCommand,
  RegisterImageCommand,
  type ResourceType,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { acquire } from "../../src/cleanup/acquire.js";
import { releaseEntries } from "../../src/cleanup/release.js";
import { findExpired, removeExpired } from "../../src/cleanup/sweep.js";
import { narrator } from "../../src/core/events.js";
import { type Intent, type LedgerRecord, openLedger } from "../../src/core/ledger.js";
import { TAG } from "../../src/core/ownership.js";
import { testCloud } from "../support/cloud.js";
import { partContext } from "../support/context.js";

const cloud = testCloud({ scale: 0 });
const PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGk7jSl8C3DgJpXh9sYJsZ1bqHq3m0ZkRj0m1wB1xV2y test";

beforeEach(() => cloud.endpoint().baseline());

const tagsOf = (key: string, expires = new Date(Date.now() - 3_600_000).toISOString()) => [
  { Key: TAG.owner, Value: "bake-ami" },
  { Key: TAG.key, Value: key },
  { Key: TAG.expires, Value: expires },
];
const specification = (type: ResourceType, key: string) => [{ ResourceType: type, Tags: tagsOf(key) }];

async function stockImage(): Promise<string> {
  const ec2 = await cloud.session().ec2();
  const filters = [{ Name: "name", Values: ["ubuntu/images/*jammy-22.04-amd64*"] }];
  const { Images } = await ec2.send(new DescribeImagesCommand({ Owners: ["099720109477"], Filters: filters }));
  return Images?.[0]?.ImageId ?? "";
}

/** Creates one resource of a kind, as a run does, and answers its intent. */
const makers: Record<string, (key: string) => Promise<Intent>> = {
  "instance by token": async (key) => {
    const ec2 = await cloud.session().ec2();
    await ec2.send(
      new RunInstancesCommand({
        ImageId: await stockImage(),
        MinCount: 1,
        MaxCount: 1,
        InstanceType: "t3.micro",
        ClientToken: key,
        TagSpecifications: specification("instance", key),
      }),
    );
    return { key, kind: "instance", build: "web", token: key };
  },
  "key-pair by name": async (key) => {
    const ec2 = await cloud.session().ec2();
    await ec2.send(
      new ImportKeyPairCommand({
        KeyName: `packer_${key}`,
        PublicKeyMaterial: Buffer.from(PUBLIC_KEY),
        TagSpecifications: specification("key-pair", key),
      }),
    );
    return { key, kind: "key-pair", build: "web", name: `packer_${key}` };
  },
  "security-group by key": async (key) => {
    const ec2 = await cloud.session().ec2();
    await ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: `packer_${key}`,
        Description: "test",
        TagSpecifications: specification("security-group", key),
      }),
    );
    return { key, kind: "security-group", build: "web", name: `packer_${key}` };
  },
  "volume by key": async (key) => {
    const ec2 = await cloud.session().ec2();
    await ec2.send(
      new CreateVolumeCommand({
        AvailabilityZone: "us-east-1a",
        Size: 1,
        TagSpecifications: specification("volume", key),
      }),
    );
    return { key, kind: "volume", build: "web" };
  },
  "launch-template by key": async (key) => {
    const ec2 = await cloud.session().ec2();
    await ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: `lt-${key}`,
        LaunchTemplateData: { InstanceType: "t3.micro" },
        TagSpecifications: specification("launch-template", key),
      }),
    );
    return { key, kind: "launch-template", build: "web", name: `lt-${key}` };
  },
  "role and its profile": async (key) => {
    const iam = await cloud.session().iam();
    const name = `bake-ami-${key}`;
    await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: "{}", Tags: tagsOf(key) }));
    await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: "p", PolicyDocument: "{}" }));
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: name, Tags: tagsOf(`${key}-profile`) }));
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }));
    return { key, kind: "role", build: "web", name };
  },
};

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

describe("a resource whose create call was never answered", () => {
  test.each(Object.keys(makers).filter((name) => !name.startsWith("role")))("%s is found and removed", async (name) => {
    const intent = await makers[name]?.(`lost-${name.replaceAll(" ", "-")}`);
    if (!intent) throw new Error("no intent");
    const tools = parts();
    tools.ledger.intend({ ...intent, account: { region: "us-east-1" } });
    expect(await releaseEntries(tools.ledger.entries(), tools)).toEqual([]);
    expect(cloud.endpoint().held()).toEqual({});
    expect(tools.ledger.entries().map((entry) => entry.state)).toEqual(["released"]);
  });

  test("a role is taken out of its profile first", async () => {
    const role = await makers["role and its profile"]?.("lost-role");
    if (!role) throw new Error("no intent");
    const tools = parts();
    const account = { region: "us-east-1" };
    tools.ledger.intend({ ...role, account });
    tools.ledger.intend({ ...role, key: "lost-role-profile", kind: "instance-profile", account });
    expect(await releaseEntries(tools.ledger.entries(), tools)).toEqual([]);
    expect(cloud.endpoint().held()).toEqual({});
  });

  test("one that was never made is given up a minute after its intent, and closed", async () => {
    const tools = parts();
    tools.ledger.intend({ key: "never", kind: "security-group", build: "web", account: { region: "us-east-1" } });
    const later = { ...tools, now: () => Date.now() + 61_000 };
    expect(await releaseEntries(tools.ledger.entries(), later)).toEqual([]);
    expect(tools.ledger.entries()[0]?.state).toBe("released");
  });

  test("another's resource of the same name is left alone", async () => {
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
    ["an image that its copies superseded", { superseded: "true" }],
  ])("%s goes with its snapshots, while one that is available or protected stays", async (_name, details) => {
    const ec2 = await cloud.session().ec2();
    const run = await ec2.send(
      new RunInstancesCommand({ ImageId: await stockImage(), MinCount: 1, MaxCount: 1, InstanceType: "t3.micro" }),
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

  test("an image that was deregistered when the run was cut off: its snapshots go", async () => {
    const ec2 = await cloud.session().ec2();
    const run = await ec2.send(
      new RunInstancesCommand({ ImageId: await stockImage(), MinCount: 1, MaxCount: 1, InstanceType: "t3.micro" }),
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
    ["goes when the image is gone", true, false, "released"],
    ["stays when the image is still there, and the record is closed", false, false, "released"],
    ["stays when another image has it", true, true, "kept"],
  ])("the snapshot of an old image %s", async (name, deregistered, shared, state) => {
    const ec2 = await cloud.session().ec2();
    const run = await ec2.send(
      new RunInstancesCommand({ ImageId: await stockImage(), MinCount: 1, MaxCount: 1, InstanceType: "t3.micro" }),
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

  test("runs twice without harm", async () => {
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

  test("what cannot be removed is told with its id and why", async () => {
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

describe("acquire", () => {
  test("adopts its own resource when a repeated call says it is there already", async () => {
    const records: LedgerRecord[] = [];
    const context = { ...partContext("/"), ledger: openLedger({ append: (record) => records.push(record) }, Date.now) };
    const withCloud = { ...context, surroundings: { ...context.surroundings, env: cloud.env() } };
    const acquired = await acquire({
      context: withCloud,
      session: cloud.session(),
      kind: "security-group",
      region: "us-east-1",
      name: "packer_adopt",
      create: async ({ key }) => {
        const ec2 = await cloud.session().ec2();
        const command = () =>
          new CreateSecurityGroupCommand({
            GroupName: "packer_adopt",
            Description: "test",
            TagSpecifications: specification("security-group", key),
          });
        await ec2.send(command());
        return (await ec2.send(command())).GroupId ?? "";
      },
    });
    expect(acquired.id).toMatch(/^sg-/);
    expect(records.map((record) => record.op)).toEqual(["intent", "made"]);
  });
});

describe("sweep", () => {
  test("removes what has expired, by tag alone, and nothing else", async () => {
    for (const [name, make] of Object.entries(makers)) await make(`sweep-${name.replaceAll(" ", "-")}`);
    const ec2 = await cloud.session().ec2();
    await ec2.send(new CreateSecurityGroupCommand({ GroupName: "theirs", Description: "not ours" }));
    await ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: "fresh",
        Description: "ours, not expired",
        TagSpecifications: [
          { ResourceType: "security-group", Tags: tagsOf("fresh", new Date(Date.now() + 3_600_000).toISOString()) },
        ],
      }),
    );
    const options = {
      regions: [],
      now: Date.now(),
      signal: new AbortController().signal,
      sessionIn: (region: string) => cloud.session(region),
    };
    const findings = await findExpired(cloud.session(), options);
    const removed: string[] = [];
    expect(await removeExpired(findings, options, (resource) => removed.push(resource.kind))).toEqual([]);
    expect([...new Set(removed)].sort()).toEqual(
      ["instance", "instance-profile", "key-pair", "launch-template", "role", "security-group", "volume"].sort(),
    );
    const [groups] = Object.values(cloud.endpoint().held());
    expect(groups).toHaveLength(2);
  });
});
