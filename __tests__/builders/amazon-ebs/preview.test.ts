import { RunInstancesCommand } from "@aws-sdk/client-ec2";
import { describe, expect, test } from "@jest/globals";
import { previewLookups } from "../../../src/builders/amazon-ebs/preview/lookups.js";
import { preview } from "../../../src/builders/amazon-ebs/preview/preview.js";
import { BakeError, Cancelled, toDiagnostic } from "../../../src/core/errors.js";
import type { BakeEvent } from "../../../src/core/events.js";
import { leaseUntil } from "../../../src/core/lease.js";
import { OWNER, TAG } from "../../../src/core/ownership.js";
import type { ParameterReadings, PreviewContext } from "../../../src/core/preview.js";
import type { RunSettings } from "../../../src/core/settings.js";
import type { ReportWait } from "../../../src/core/surroundings.js";
import type { Json } from "../../../src/options/collections.js";
import { impatient, testCloud } from "../../support/cloud.js";
import { partContext } from "../../support/context.js";
import { makeImage } from "../../support/images.js";
import { placeOf, SOURCE } from "./bake.js";
import { optionsOf } from "./options.js";

const cloud = testCloud();
const SKIP: Partial<RunSettings> = { skipUnchanged: { enabled: true, maxAge: undefined } };
const NONE: ParameterReadings = { parameters: [], refused: undefined };

/** The tags of a finished image of the build. */
const finished = (fingerprint: string) => ({
  ...{ [TAG.owner]: OWNER, [TAG.build]: "web", [TAG.image]: "web", [TAG.fingerprint]: fingerprint },
});

interface Circumstances {
  readonly fingerprint?: string;
  readonly settings?: Partial<RunSettings>;
  readonly more?: Partial<PreviewContext>;
  readonly reportWait?: ReportWait;
}

/** Previews a bake. Returns the preview and its warnings, and checks that the calls only read. */
async function previewed(given: Readonly<Record<string, Json>>, circumstances: Circumstances = {}) {
  const { fingerprint = "none", settings = SKIP, more, reportWait } = circumstances;
  const before = cloud.endpoint().calls().length;
  const part = partContext("/", settings);
  const context: PreviewContext = {
    ...part,
    surroundings: { ...part.surroundings, clock: impatient, env: cloud.env(), reportWait },
    place: placeOf,
    range: placeOf("source"),
    tests: undefined,
    needsMachine: false,
    callerAddress: async () => "198.51.100.7",
    routeTo: async (remote) => ({ local: "10.0.0.7", remote }),
    fingerprint: async () => ({
      ...{ known: true, hash: fingerprint, parts: {}, namePattern: "*", changingTags: [], record: {} },
      changesSince: () => [],
    }),
    readParameters: async () => NONE,
    findOldImages: async () => new Map(),
    ...more,
  };
  const found = await preview(optionsOf({ ...SOURCE, communicator: "none", region: "us-east-1", ...given }), context);
  const calls = cloud.endpoint().calls().slice(before);
  expect(calls.filter(({ action }) => !/^(Describe|Get|List|Head)/.test(action))).toEqual([]);
  return {
    ...found,
    codes: found.problems.map(({ code, severity }) => `${severity} ${code}`),
    warnings: warningsOf(part.events),
  };
}

function warningsOf(events: readonly BakeEvent[]): readonly string[] {
  return events.flatMap((event) => (event.type === "diagnostic" ? [event.diagnostic.code] : []));
}

describe("the decision", () => {
  test("is to wait for the instance of a live run with the same inputs", async () => {
    const lease = leaseUntil(cloud.session().serverNow());
    const tags = { ...finished("live"), [TAG.run]: "4711", [TAG.attempt]: "1", [TAG.lease]: lease };
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const ec2 = await cloud.session().ec2();
    const { Instances } = await ec2.send(
      new RunInstancesCommand({
        ...{ ImageId: await makeImage(cloud, "live source"), InstanceType: "t3.micro", MinCount: 1, MaxCount: 1 },
        TagSpecifications: [{ ResourceType: "instance", Tags }],
      }),
    );
    const id = Instances?.[0]?.InstanceId;
    const waits = await previewed({ ami_name: "live a" }, { fingerprint: "live" });
    expect(waits).toMatchObject({ decision: "wait", reason: `run 4711 is baking the same inputs (${id})` });
    const alone = await previewed({ ami_name: "live a" }, { fingerprint: "live", settings: {} });
    expect(alone).toMatchObject({ decision: "bake", notLookedUp: [], problems: [] });
  });

  test("is to resume from the image of an interrupted run, unless it is too old", async () => {
    await makeImage(cloud, "old a", "us-east-1", { ...finished("old"), [TAG.unfinished]: "finish" });
    const { decision } = await previewed({ ami_name: "old a", force_deregister: true }, { fingerprint: "old" });
    expect(decision).toBe("resume");
    const tooOld = { ...SKIP, resumeWithin: 0 };
    const { decision: other } = await previewed({ ami_name: "old b" }, { fingerprint: "old", settings: tooOld });
    expect(other).toBe("bake");
  });

  test("to reuse an image says that it is tested again if the tests changed", async () => {
    await makeImage(cloud, "tested a", "us-east-1", {
      ...finished("tested"),
      [TAG.tested]: "h1 2026-11-30T00:00:00Z 1",
    });
    const testedBy = (hash: string) => ({ settings: undefined as never, hash: async () => hash });
    const same = await previewed({ ami_name: "tested a" }, { fingerprint: "tested", more: { tests: testedBy("h1") } });
    const other = await previewed({ ami_name: "tested a" }, { fingerprint: "tested", more: { tests: testedBy("h2") } });
    expect([same.decision, same.changes]).toEqual(["reuse", []]);
    expect([other.decision, other.changes]).toEqual([
      "reuse",
      [expect.objectContaining({ what: "tests of the image" })],
    ]);
    expect(other.reason).toContain("to be tested again");
  });

  test("leaves a parameter whose image is newer than the one that is reused", async () => {
    const origin = { [TAG.origin]: "2020-01-01T00:00:00.000Z ami-0" };
    await makeImage(cloud, "newer a", "us-east-1", { ...finished("newer"), ...origin });
    const newer = await makeImage(cloud, "newer b", "us-east-1", finished("other inputs"));
    const parameters = [{ region: "us-east-1", name: "/x", value: newer, error: undefined }];
    const more = { readParameters: async () => ({ parameters, refused: undefined }) };
    const { decision, regions, warnings } = await previewed({ ami_name: "newer a" }, { fingerprint: "newer", more });
    expect([decision, warnings]).toEqual(["reuse", ["parameter-newer"]]);
    expect(regions[0]?.parameter).toMatchObject({ from: newer, to: newer });
  });
});

describe("a problem", () => {
  test.each<[string, Readonly<Record<string, Json>>, string]>([
    [
      "a source AMI that does not exist",
      { source_ami: "ami-00000000000000000", source_ami_filter: null },
      "source-ami-not-found",
    ],
    ["a Region that does not exist", { ami_regions: ["eu-west-9"] }, "unknown-region"],
    ["a time of deprecation in the past", { deprecate_at: "2020-01-01T00:00:00Z" }, "deprecation-in-the-past"],
    ["a subnet that does not exist", { subnet_id: "subnet-00000000" }, "aws-not-found"],
    ["tags that EC2 refuses", { tags: { "aws:x": "y" } }, "invalid-tag"],
    ["no image left", { skip_save_build_region: true }, "no-target-region"],
  ])("of %s is an error at its place, and no lookup ends with it", async (_, given, code) => {
    const { codes, problems, source, decision } = await previewed({ ami_name: "wrong", ...given });
    expect(codes).toEqual([`error ${code}`]);
    expect(problems[0]?.range?.file).toBeTruthy();
    expect(source === undefined).toBe(code === "source-ami-not-found");
    expect(decision).toBe(code === "source-ami-not-found" ? "unknown" : "bake");
  });

  test("of the run's settings: parameters of another series, and a Region that is not set", async () => {
    const refused = new BakeError("foreign", { code: "parameter-of-another-image" });
    const foreign = await previewed({}, { more: { readParameters: async () => ({ parameters: [], refused }) } });
    expect(foreign.codes).toEqual(["error parameter-of-another-image"]);
    const nowhere = await previewed({ region: "" });
    expect([nowhere.codes, nowhere.notLookedUp]).toEqual([[], ["The account could not be read: No AWS Region is set"]]);
  });
});

test("lookups that take long are reported while they last", async () => {
  let isReported: (what: string) => void = () => undefined;
  const reported = new Promise<string>((resolve) => {
    isReported = resolve;
  });
  const unknown = { known: false, why: "it took long", namePattern: undefined } as const;
  const more = { fingerprint: async () => reported.then(() => unknown) };
  const { reason } = await previewed({}, { more, reportWait: (what) => isReported(what) });
  expect([reason, await reported]).toEqual(["it took long", "the lookups of web to end"]);
});

test("a preview of a run that is cancelled rejects", async () => {
  const reason = new Cancelled();
  const signal = AbortSignal.abort(reason);
  await expect(previewed({}, { more: { signal } })).rejects.toBe(reason);
});

test("each reason is one sentence with all that could not be read", async () => {
  const { signal } = new AbortController();
  const lookups = previewLookups(optionsOf({ ...SOURCE }), { signal, range: undefined, place: placeOf });
  const denied = new BakeError("No AWS Region is set", { code: "no-region" });
  lookups.note("the account", denied);
  for (let number = 1; number < 7; number++) lookups.note({ what: "the parameters", region: `r-${number}` }, denied);
  expect(lookups.notLookedUp()).toEqual([
    "The account and the parameters in r-1, r-2, r-3, r-4 and 2 other Regions could not be read: No AWS Region is set",
  ]);
  const wrong = new BakeError("wrong", { code: "x" });
  lookups.note("the plan", wrong);
  expect(lookups.problems).toEqual([toDiagnostic(wrong)]);
});
