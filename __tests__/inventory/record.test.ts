import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import type { Artifact } from "../../src/core/artifact.js";
import type { PackageList } from "../../src/core/packages.js";
import { recordPackages } from "../../src/inventory/record.js";
import { ami } from "../report/events.js";
import { testCloud } from "../support/cloud.js";
import { partContext } from "../support/context.js";
import { temporaryFolder } from "../support/folder.js";
import { listOf } from "./lists.js";

const cloud = testCloud();
const folder = temporaryFolder("record");
const DENIED = { do: "error", code: "AccessDeniedException", message: "not authorized", status: 400 } as const;
const [ONE, TWO] = ["ami-00000000000000001", "ami-00000000000000002"];

const denied = (action: string) => cloud.endpoint().faults([{ action, ...DENIED, times: 99 }]);

let count = 0;
beforeEach(() => {
  count += 1;
  cloud.endpoint().forget();
});

/** Records a bake whose parameter has `imageId`. Returns the reports, the notices and the calls. */
async function record(
  taken: PackageList | undefined,
  imageId: string,
  more: {
    readonly previous?: string;
    readonly folder?: string;
    readonly artifact?: Artifact;
    readonly no?: true;
    readonly alone?: true;
  } = {},
) {
  const context = partContext(folder());
  cloud.endpoint().forget();
  const parameter = { region: "eu-west-1", name: `/images/r${count}/latest`, imageId, previous: undefined };
  await recordPackages(
    {
      taken,
      artifact: more.artifact ?? ami({ buildRegion: "us-east-1" }),
      parameters: more.no ? [] : [parameter, { ...parameter, region: "us-east-1", previous: more.previous }],
    },
    context,
    { directory: more.folder, keepsLists: more.alone !== true, openSession: ({ region }) => cloud.session(region) },
  );
  const reports = context.events.flatMap((event) => (event.type === "packages" ? [event.packages] : []));
  const notices = context.events.flatMap((event) => (event.type === "diagnostic" ? [event.diagnostic] : []));
  const calls = cloud
    .endpoint()
    .calls()
    .map(({ action, region }) => `${action} ${region}`);
  return { reports, notices, calls };
}

describe("the record of a bake", () => {
  test("of the first image: the count; the list is stored in the build Region only", async () => {
    const { reports, calls, notices } = await record(listOf(["a 1"]), ONE);
    expect(reports).toEqual([{ distribution: "Debian 12", count: 1 }]);
    expect(calls).toEqual(["GetParameters us-east-1", "PutParameter us-east-1"]);
    expect(notices).toEqual([]);
  });

  test("of the next image: the difference from the earlier image", async () => {
    await record(listOf(["a 1", "b 1"]), ONE);
    const { reports } = await record(listOf(["a 2", "b 1"]), TWO, { previous: ONE });
    expect(reports).toEqual([
      {
        distribution: "Debian 12",
        count: 2,
        since: ONE,
        difference: {
          counts: { added: 0, removed: 0, upgraded: 1, downgraded: 0 },
          security: 0,
          changes: [{ kind: "upgraded", name: "a", arch: "amd64", from: "1", to: "2" }],
        },
      },
    ]);
  });

  test("after an image without a list: the earlier image, but no difference", async () => {
    expect((await record(listOf(["a 1"]), TWO, { previous: ONE })).reports).toEqual([
      { distribution: "Debian 12", count: 1, since: ONE },
    ]);
  });

  test("without a parameter: no call", async () => {
    const { reports, calls } = await record(listOf(["a 1"]), ONE, { no: true });
    expect([reports.length, calls]).toEqual([1, []]);
  });

  test("of a container image: the files, and no call", async () => {
    const kept = { program: undefined, digest: undefined, text: "" };
    const artifact: Artifact = { kind: "docker-image", builderId: "d", imageId: "sha256:1", tags: [], ...kept };
    const { reports, calls } = await record(listOf(["a 1"]), ONE, { artifact, folder: join(folder(), "docker") });
    expect([reports.length, calls]).toEqual([1, []]);
    const bom = JSON.parse(readFileSync(reports[0]?.sbom ?? "", "utf8"));
    expect(bom.metadata.component).toMatchObject({ type: "container", name: "sha256:1" });
  });

  test("is empty for a build without an image, or without a list", async () => {
    const none: Artifact = { kind: "none", builderId: "n", id: undefined, text: "" };
    expect(await record(listOf(["a 1"]), ONE, { artifact: none })).toEqual({ reports: [], notices: [], calls: [] });
    expect(await record(undefined, ONE)).toEqual({ reports: [], notices: [], calls: [] });
  });
});

describe("files", () => {
  test("only, without a comparison: no call to Parameter Store", async () => {
    const more = { folder: join(folder(), "alone"), previous: TWO, alone: true } as const;
    const { reports, calls } = await record(listOf(["a 1"]), ONE, more);
    expect(calls).toEqual([]);
    expect(reports).toMatchObject([{ count: 1, sbom: join(folder(), "alone", "web.cdx.json") }]);
    expect(reports[0]).not.toHaveProperty("since");
  });

  test("the list and the bill of materials, in a new directory", async () => {
    const { reports } = await record(listOf(["a 1"]), ONE, { folder: join(folder(), "new", "er") });
    const file = join(folder(), "new", "er", "web.packages.json");
    expect(reports[0]).toMatchObject({ file, sbom: join(folder(), "new", "er", "web.cdx.json") });
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
      image: "us-east-1:ami-1,us-west-2:ami-2",
      packages: [{ name: "a", version: "1" }],
    });
  });

  test("of a reused image: from the stored list", async () => {
    await record(listOf(["a 1"]), ONE);
    const skipped = ami({ buildRegion: "us-east-1", skip: { skipped: true, reason: "unchanged" } });
    const { reports, calls } = await record(undefined, ONE, { artifact: skipped, folder: join(folder(), "skipped") });
    expect(reports).toMatchObject([{ count: 1 }]);
    expect(existsSync(reports[0]?.sbom ?? "")).toBe(true);
    expect(calls).toEqual(["GetParameters us-east-1"]);
  });

  test("that cannot be written: a notice, and the list is still reported and stored", async () => {
    writeFileSync(join(folder(), "file"), "");
    const { reports, notices, calls } = await record(listOf(["a 1"]), ONE, { folder: join(folder(), "file") });
    expect(reports).toEqual([{ distribution: "Debian 12", count: 1 }]);
    expect(notices).toMatchObject([{ severity: "notice", code: "packages-not-kept" }]);
    expect(calls).toHaveLength(2);
  });
});

describe("an account without permissions", () => {
  test("to read: a notice with the actions to allow, and nothing is written", async () => {
    const context = partContext(folder());
    denied("GetParameters");
    await recordPackages(
      {
        taken: listOf(["a 1"]),
        artifact: ami(),
        parameters: [{ region: "us-west-2", name: "/images/x", imageId: TWO, previous: ONE }],
      },
      context,
      { directory: undefined, keepsLists: true, openSession: ({ region }) => cloud.session(region) },
    );
    expect(context.events).toMatchObject([
      {
        type: "diagnostic",
        diagnostic: {
          severity: "notice",
          summary: expect.stringContaining("/images/x"),
          hint: expect.stringContaining("ssm:PutParameter on …:parameter/images/x/packages/*"),
        },
      },
      { type: "packages", packages: { count: 1, since: ONE } },
    ]);
    expect(
      cloud
        .endpoint()
        .calls()
        .map(({ action }) => action),
    ).toEqual(["GetParameters"]);
  });

  test("to write: the changes are reported first, then a notice", async () => {
    const context = partContext(folder());
    denied("PutParameter");
    await recordPackages(
      {
        taken: listOf(["a 1"]),
        artifact: ami(),
        parameters: [{ region: "us-west-2", name: "/images/y", imageId: ONE, previous: undefined }],
      },
      context,
      { directory: undefined, keepsLists: true, openSession: ({ region }) => cloud.session(region) },
    );
    expect(context.events.map(({ type }) => type)).toEqual(["packages", "diagnostic"]);
  });
});
