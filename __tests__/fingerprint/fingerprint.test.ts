import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type BakeRequest, DEFAULT_SETTINGS } from "../../src/core/request.js";
import type { Fingerprint } from "../../src/core/run.js";
import { fingerprinting } from "../../src/entry/fingerprinting.js";
import { prepare } from "../../src/entry/prepare.js";
import { partContext } from "../support/context.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("fingerprint");

const builder = {
  type: "amazon-ebs",
  region: "us-east-1",
  source_ami: "ami-0123456789abcdef0",
  instance_type: "t3.micro",
  ssh_username: "ubuntu",
  ami_name: "web {{user `version`}} {{timestamp}}",
  user_data_file: "user-data.sh",
  tags: { App: "web" },
};
const provisioners: unknown[] = [
  { type: "file", source: "app", destination: "/tmp" },
  { type: "shell", script: "setup.sh", environment_vars: ["VERSION={{user `version`}}"] },
];
const template = { variables: { version: "1" }, builders: [builder], provisioners };

function write(content: unknown = template): void {
  writeFileSync(join(folder(), "web.json"), JSON.stringify(content));
}

beforeEach(() => {
  rmSync(folder(), { recursive: true });
  mkdirSync(join(folder(), "app", "empty"), { recursive: true });
  writeFileSync(join(folder(), "app", "one.txt"), "one");
  writeFileSync(join(folder(), "setup.sh"), "echo hello\n");
  writeFileSync(join(folder(), "user-data.sh"), "#!/bin/sh\n");
  write();
});

async function take(
  more: { variables?: Record<string, string>; source?: string; startedAt?: Date } = {},
): Promise<Fingerprint> {
  const { surroundings, settings, signal } = partContext(folder());
  const setting = {
    env: {},
    interruption: { signal, releaseSignal: signal, stop: () => undefined },
    startedAt: more.startedAt ?? new Date(),
  };
  const variables = Object.entries(more.variables ?? {}).map(([name, value]) => ({ name, value }));
  const request: BakeRequest = {
    workingDirectory: folder(),
    template: { path: "web.json", variables, variableFiles: [], only: [], except: [] },
    settings: DEFAULT_SETTINGS,
    parallelBuilds: undefined,
    image: undefined,
    ssmParameter: undefined,
    packages: "off",
  };
  const { plan, diagnostics } = await prepare(request, { purpose: "build" }, setting);
  const build = plan?.builds[0];
  if (!plan || build?.state !== "ready") throw new Error(JSON.stringify(diagnostics));
  return fingerprinting(plan, request, setting, { settings, surroundings })(build, {
    sourceImageId: more.source ?? "ami-0123456789abcdef0",
  });
}

async function hashOf(more: Parameters<typeof take>[0] = {}): Promise<string> {
  const fingerprint = await take(more);
  if (!fingerprint.known) throw new Error(fingerprint.why);
  return fingerprint.hash;
}

/** What a change answers: arguments for `take`, or nothing when it changed a file. */
const given = (change: unknown) => (typeof change === "object" && change !== null ? change : {});

const file = (path: string) => join(folder(), path);

describe("the same inputs", () => {
  test.each<[string, () => Parameters<typeof take>[0]]>([
    ["at another time", () => ({ startedAt: new Date("2031-01-01") })],
    ["with other tags", () => write({ ...template, builders: [{ ...builder, tags: { App: "other" } }] }) as undefined],
    [
      "with other regions",
      () => write({ ...template, builders: [{ ...builder, ami_regions: ["eu-west-1"] }] }) as undefined,
    ],
    [
      "with another description",
      () => write({ ...template, builders: [{ ...builder, ami_description: "x" }] }) as undefined,
    ],
    [
      "with a pause",
      () => write({ ...template, provisioners: [{ type: "sleep", duration: "1h" }, ...provisioners] }) as undefined,
    ],
  ])("%s have the same fingerprint", async (_name, change) => {
    const before = await hashOf();
    expect(await hashOf(change() ?? {})).toBe(before);
  });
});

describe("a change of", () => {
  test.each<[string, () => unknown]>([
    ["a script's text", () => writeFileSync(file("setup.sh"), "echo other\n")],
    ["an uploaded file's bytes", () => writeFileSync(file("app/one.txt"), "two")],
    ["an uploaded file's mode", () => chmodSync(file("app/one.txt"), 0o600)],
    ["an uploaded file's name", () => writeFileSync(file("app/two.txt"), "")],
    ["an empty folder", () => rmSync(file("app/empty"), { recursive: true })],
    ["a variable", () => ({ variables: { version: "2" } })],
    ["the source AMI", () => ({ source: "ami-0fedcba9876543210" })],
    ["the user data", () => writeFileSync(file("user-data.sh"), "#!/bin/sh\necho\n")],
    ["the instance type", () => write({ ...template, builders: [{ ...builder, instance_type: "t3.large" }] })],
    ["the order of provisioners", () => write({ ...template, provisioners: [...provisioners].reverse() })],
    ["the login user", () => write({ ...template, builders: [{ ...builder, ssh_username: "admin" }] })],
    [
      "an inline command",
      () => write({ ...template, provisioners: [...provisioners, { type: "shell", inline: ["true"] }] }),
    ],
  ])("%s is caught", async (_name, change) => {
    const before = await hashOf();
    expect(await hashOf(given(change()))).not.toBe(before);
  });

  test("random bytes of what is uploaded is never missed", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("setup.sh", "app/one.txt", "user-data.sh"),
        fc.uint8Array({ minLength: 1 }),
        fc.uint8Array({ minLength: 1 }),
        async (path, one, other) => {
          fc.pre(Buffer.compare(one, other) !== 0);
          // A shell script's line ends are made the machine's own before the upload.
          fc.pre(path !== "setup.sh" || !(one.includes(13) || other.includes(13)));
          writeFileSync(file(path), one);
          const before = await hashOf();
          writeFileSync(file(path), other);
          return (await hashOf()) !== before;
        },
      ),
      { numRuns: 40 },
    );
  });
});

/** A template and its surroundings as plain values, each of which goes into the image. */
interface Inputs {
  readonly version: string;
  readonly source: string;
  readonly instanceType: string;
  readonly order: readonly number[];
  readonly inline: readonly string[];
  readonly destination: string;
  readonly executable: boolean;
  readonly files: Readonly<Record<string, string>>;
}

const EXAMPLE: Inputs = {
  version: "1",
  source: "ami-0123456789abcdef0",
  instanceType: "t3.micro",
  order: [0],
  inline: ["true"],
  destination: "/tmp/a",
  executable: false,
  files: { one: "1" },
};

const words = fc.stringMatching(/^[a-z0-9 ]{1,6}$/).filter((text) => text.trim() === text);
const inputs: fc.Arbitrary<Inputs> = fc.record({
  version: words,
  source: fc.constantFrom("ami-0123456789abcdef0", "ami-0fedcba9876543210"),
  instanceType: fc.constantFrom("t3.micro", "t3.large"),
  order: fc.shuffledSubarray([0, 1, 2], { minLength: 1 }),
  inline: fc.array(words, { minLength: 1, maxLength: 3 }),
  destination: fc.constantFrom("/tmp/a", "/tmp/b"),
  executable: fc.boolean(),
  files: fc.dictionary(fc.constantFrom("one", "two", "three"), words, { minKeys: 1, noNullPrototype: true }),
});

async function fingerprintOfInputs(given: Inputs): Promise<string> {
  rmSync(file("app"), { recursive: true });
  mkdirSync(file("app"));
  for (const [name, text] of Object.entries(given.files)) writeFileSync(file(`app/${name}`), text);
  writeFileSync(file("setup.sh"), `echo ${given.inline.join("\n")}`);
  for (const name of Object.keys(given.files)) chmodSync(file(`app/${name}`), given.executable ? 0o755 : 0o644);
  const all = [
    { type: "file", source: "app", destination: given.destination },
    { type: "shell", inline: given.inline },
    { type: "shell", script: "setup.sh", environment_vars: ["VERSION={{user `version`}}"] },
  ];
  const machine = { ...builder, instance_type: given.instanceType };
  write({ ...template, builders: [machine], provisioners: given.order.map((index) => all[index]) });
  return hashOf({ variables: { version: given.version }, source: given.source });
}

/** What goes into the image of these inputs: equal texts are equal images. */
function essence({ order, files, executable, destination, inline, ...rest }: Inputs): string {
  const uploads = order.includes(0) ? { files: Object.entries(files).sort(), executable, destination } : {};
  const scripts = order.includes(1) || order.includes(2) ? { inline } : {};
  return JSON.stringify({ ...rest, order, ...uploads, ...scripts });
}

describe("over random changes", () => {
  test("a fingerprint is the same when, and only when, what goes into the image is", async () => {
    await fc.assert(
      fc.asyncProperty(inputs, inputs, fc.subarray(Object.keys(EXAMPLE)), async (one, other, taken) => {
        // A few of the second's values at a time: neighbours are what a stale hit would come from.
        const near = { ...one, ...Object.fromEntries(Object.entries(other).filter(([key]) => taken.includes(key))) };
        const same = essence(one) === essence(near);
        return ((await fingerprintOfInputs(one)) === (await fingerprintOfInputs(near))) === same;
      }),
      { numRuns: 60 },
    );
  });
});

const COMES_BACK = { type: "file", source: "back", destination: "/tmp" };

describe("what cannot be known is said", () => {
  test.each([
    ["shell-local", { type: "shell-local", inline: ["true"] }, /shell-local provisioner runs on this machine/],
    ["a time in a script", { type: "shell", inline: ["echo {{timestamp}}"] }, /shell is different in every run/],
    ["what comes from the machine", COMES_BACK, /back is downloaded from it before/],
    ["a random value", { type: "file", content: "{{uuid}}", destination: "/tmp/id" }, /is different in every run/],
  ])("%s", async (_name, provisioner, why) => {
    writeFileSync(file("back"), "of an earlier run");
    const fetched = { type: "file", source: "/etc/hostname", destination: "back", direction: "download" };
    write({ ...template, provisioners: [...provisioners, fetched, provisioner] });
    expect(await take()).toMatchObject({ known: false, why: expect.stringMatching(why) });
  });
});

test("parts are named by what the user knows", async () => {
  const fingerprint = await take();
  expect(fingerprint.known && Object.keys(fingerprint.parts)).toEqual(
    expect.arrayContaining(["source AMI", "option instance_type", "file app", "script setup.sh"]),
  );
});
