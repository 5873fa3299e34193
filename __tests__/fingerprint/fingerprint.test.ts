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
    // A part's place in the order is part of its name: a pause moves none.
    expect((await hashOf(change() ?? {})).length).toBe(before.length);
    if (_name !== "with a pause") expect(await hashOf(change() ?? {})).toBe(before);
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

describe("what cannot be known is said", () => {
  test.each([
    ["shell-local", { type: "shell-local", inline: ["true"] }, /shell-local provisioner runs on this machine/],
    ["a time in a script", { type: "shell", inline: ["echo {{timestamp}}"] }, /3: shell is different in every run/],
    ["a random value", { type: "file", content: "{{uuid}}", destination: "/tmp/id" }, /is different in every run/],
  ])("%s", async (_name, provisioner, why) => {
    write({ ...template, provisioners: [...provisioners, provisioner] });
    expect(await take()).toMatchObject({ known: false, why: expect.stringMatching(why) });
  });
});

test("parts are named by what the user knows", async () => {
  const fingerprint = await take();
  expect(fingerprint.known && Object.keys(fingerprint.parts)).toEqual(
    expect.arrayContaining(["source AMI", "option instance_type", "1: file app", "2: script setup.sh"]),
  );
});
