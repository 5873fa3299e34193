import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { catalog } from "../../src/catalog.js";
import { matchesName } from "../../src/core/artifact.js";
import { hostChecks, hostLookups } from "../../src/engine/host.js";
import { fingerprints } from "../../src/fingerprint/fingerprint.js";
import { makePlan } from "../../src/plan/make-plan.js";
import { loadTemplate } from "../../src/template/load.js";
import { partContext } from "../support/context.js";
import { temporaryFolder } from "../support/folder.js";
import { fc } from "../support/properties.js";
import { type FingerprintSources, fingerprintIn, hashIn } from "./compute.js";

const folder = temporaryFolder("fingerprint");
const elsewhere = temporaryFolder("fingerprint-elsewhere");

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
  relink("user-data.sh");
  write();
});

const compute = (more?: FingerprintSources) => fingerprintIn(folder(), more);
const hashOf = (more?: FingerprintSources) => hashIn(folder(), more);

/** Result of a change: arguments for `compute`, or nothing when it changed a file. */
const given = (change: unknown) => (typeof change === "object" && change !== null ? change : {});

const file = (path: string) => join(folder(), path);

const KEYS = { encrypt_boot: true, kms_key_id: "alias/a", region_kms_key_ids: { "us-east-1": "alias/b" } };

/** Changes the target of the uploaded link. */
function relink(target: string): void {
  rmSync(file("app/link"), { force: true });
  symlinkSync(file(target), file("app/link"));
}

describe("the same inputs", () => {
  test.each<[string, () => FingerprintSources | undefined]>([
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
    ["the mode of an uploaded folder", () => chmodSync(file("app"), 0o700)],
    ["the mode of a folder in it", () => chmodSync(file("app/empty"), 0o700)],
    ["the target of an uploaded link", () => relink("setup.sh")],
    [
      "the profile of the instance",
      () => write({ ...template, builders: [{ ...builder, iam_instance_profile: "p" }] }),
    ],
    ["the key of a copy", () => write({ ...template, builders: [{ ...builder, ...KEYS }] })],
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
  ])("%s changes the fingerprint", async (_name, change) => {
    const before = await hashOf();
    expect(await hashOf(given(change()))).not.toBe(before);
  });

  test("random bytes of an uploaded file always changes the fingerprint", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("setup.sh", "app/one.txt", "user-data.sh"),
        fc.uint8Array({ minLength: 1 }),
        fc.uint8Array({ minLength: 1 }),
        async (path, one, other) => {
          fc.pre(Buffer.compare(one, other) !== 0);
          // The line endings of a shell script are converted before the upload.
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

const COMES_BACK = { type: "file", source: "back", destination: "/tmp" };

describe("there is no fingerprint, and the reason is given, with", () => {
  test.each([
    ["shell-local", { type: "shell-local", inline: ["true"] }, /shell-local provisioner runs on this host/],
    ["a time in a script", { type: "shell", inline: ["echo {{timestamp}}"] }, /shell differs in every run/],
    ["a file downloaded from the machine", COMES_BACK, /back" is downloaded during the build/],
    ["a random value", { type: "file", content: "{{uuid}}", destination: "/tmp/id" }, /differs in every run/],
  ])("%s", async (_name, provisioner, why) => {
    writeFileSync(file("back"), "of an earlier run");
    const fetched = { type: "file", source: "/etc/hostname", destination: "back", direction: "download" };
    write({ ...template, provisioners: [...provisioners, fetched, provisioner] });
    expect(await compute()).toMatchObject({ known: false, why: expect.stringMatching(why) });
  });
});

test("text that depends on the weekday has a fingerprint only where it equals the text at the two fixed times", async () => {
  const inline = ['{{if eq (isotime "Mon") "Sun"}}full{{else}}quick{{end}}'];
  write({ ...template, provisioners: [{ type: "shell", inline }] });
  const [monday, tuesday, sunday] = [new Date("2026-11-23"), new Date("2026-11-24"), new Date("2026-11-22")];
  expect(await hashOf({ startedAt: monday })).toBe(await hashOf({ startedAt: tuesday }));
  expect(await compute({ startedAt: sunday })).toMatchObject({
    known: false,
    why: expect.stringMatching(/^shell differs/),
  });
});

test.each<[string, readonly string[]]>([
  ["timestamp", ["1700000000", "9"]],
  ["uuid", ["6f1b4c1e-8d0a-4c53-9a3e-0d9d1f4b2c77"]],
  ["isotime | clean_resource_name", ["2026-11-21T09-33-19Z"]],
  ['isotime "Monday"', ["Monday", "Sunday"]],
  ['isotime "Jan-02"', ["Dec-31", "Mar-01"]],
  ['isotime "03PM"', ["11AM", "03PM"]],
])("a name with {{%s}} matches its pattern at any time", async (text, times) => {
  write({ ...template, builders: [{ ...builder, ami_name: `web {{${text}}} x` }] });
  const fingerprint = await compute({ startedAt: new Date("2026-11-21T09:33:19Z") });
  const pattern = fingerprint.known ? fingerprint.namePattern : fingerprint.why;
  expect(times.filter((time) => !matchesName(pattern, `web ${time} x`))).toEqual([]);
  expect(matchesName(pattern, "other x")).toBe(false);
});

test("a template and its files in another directory have the same fingerprint and part names", async () => {
  const here = (name: string) => `{{template_dir}}/${name}`;
  const moved = [
    { type: "file", source: here("app"), destination: "/tmp" },
    { type: "shell", scripts: [here("setup.sh")] },
  ];
  write({ ...template, builders: [{ ...builder, user_data_file: here("user-data.sh") }], provisioners: moved });
  const first = await compute();
  cpSync(folder(), elsewhere(), { recursive: true, verbatimSymlinks: true });
  rmSync(join(elsewhere(), "app", "link"));
  symlinkSync(join(elsewhere(), "user-data.sh"), join(elsewhere(), "app", "link"));
  const second = await fingerprintIn(elsewhere());
  if (!first.known || !second.known) throw new Error("not known");
  expect(second.hash).toBe(first.hash);
  expect(Object.keys(second.parts)).toEqual(expect.arrayContaining(["file app", "script setup.sh"]));
});

test("a tag with a time in one option is reported as changing, even when another option sets the same tag without a time", async () => {
  write({
    ...template,
    builders: [{ ...builder, run_tags: { Name: "x" }, tags: { Name: "{{timestamp}}", App: "web" } }],
  });
  expect(await compute()).toMatchObject({ known: true, changingTags: ["Name"] });
});

test("parts have the names of options and files in the template", async () => {
  const fingerprint = await compute();
  expect(fingerprint.known && Object.keys(fingerprint.parts)).toEqual(
    expect.arrayContaining(["source AMI", "option instance_type", "file app", "script setup.sh"]),
  );
});

test("a template from standard input has the fingerprint of its file", async () => {
  const stdin = readFileSync(file("web.json"), "utf8");
  const lookups = hostLookups({ cwd: folder(), env: {}, startedAt: new Date(), ask: () => ({ state: "pending" }) });
  const inputs = { path: "-", stdin, variables: [], variableFiles: [], only: [], except: [] };
  const loaded = await loadTemplate(inputs, lookups, async () => ({ state: "skipped" }));
  if (!loaded.template) throw new Error(JSON.stringify(loaded.diagnostics));
  const { plan } = makePlan(loaded.template, catalog, hostChecks(folder(), {}, undefined), loaded);
  const build = plan?.builds[0];
  if (!plan || build?.state !== "ready") throw new Error("no plan");
  const fingerprint = await fingerprints(plan, partContext(folder()))(build, {
    sourceImageId: "ami-0123456789abcdef0",
  });
  expect(fingerprint).toMatchObject({ known: true, hash: await hashOf() });
});
