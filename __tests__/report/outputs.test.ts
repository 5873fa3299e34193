import { describe, expect, test } from "@jest/globals";
import { COMMAND_WORDS } from "../../src/cli/words.js";
import type { WrittenFile } from "../../src/core/artifact.js";
import { redactor } from "../../src/core/secrets/redactor.js";
import { outputsOf } from "../../src/report/outputs.js";
import { EMPTY_REPORT, reportCollector, reportFrom, withEvent } from "../../src/report/report.js";
import { ami, at, mixedBake, successfulBake } from "./events.js";

describe("outputsOf", () => {
  test("have the files of the package lists, and the counts in builds", () => {
    const packages = {
      distribution: "Debian 12",
      count: 400,
      since: "ami-9",
      difference: { counts: { added: 1, removed: 0, upgraded: 2, downgraded: 0 }, security: 2, changes: [] },
      file: "/tmp/b/web.packages.json",
      sbom: "/tmp/b/web.cdx.json",
    };
    const bake = successfulBake();
    const outputs = outputsOf(
      reportFrom([...bake.slice(0, -2), at(60, { type: "packages", packages }), ...bake.slice(-2)]),
    );
    expect(outputs).toMatchObject({ packages: "/tmp/b/web.packages.json", sbom: "/tmp/b/web.cdx.json" });
    expect(JSON.parse(outputs.builds)[0].packages).toEqual({
      count: 400,
      since: "ami-9",
      added: 1,
      removed: 0,
      upgraded: 2,
      downgraded: 0,
      security: 2,
      file: "/tmp/b/web.packages.json",
      sbom: "/tmp/b/web.cdx.json",
    });
  });

  test("a bake", () => {
    const written = at(40, { type: "file-written", file: { kind: "manifest", path: "/work/packer-manifest.json" } });
    const outputs = outputsOf(reportFrom(successfulBake().toSpliced(-2, 0, written)));
    expect(outputs).toEqual({
      "ami-id": "ami-2",
      "ami-ids": '{"us-west-2":"ami-2","us-east-1":"ami-1"}',
      "artifact-id": "us-east-1:ami-1,us-west-2:ami-2",
      "image-name": "web-1700000000",
      "source-ami": "ami-0",
      "snapshot-ids": '{"us-west-2":["snap-2"],"us-east-1":["snap-1"]}',
      "ssm-parameters": '{"us-east-1":"/images/web/latest"}',
      manifest: "/work/packer-manifest.json",
      packages: "",
      sbom: "",
      tests: "",
      "test-results": "",
      builds: expect.any(String),
      duration: "65",
      outcome: "succeeded",
      skipped: "false",
      reason: "",
    });
  });

  test("have each manifest in a line, in template order, and no other file", () => {
    const written = (kind: WrittenFile["kind"], path: string, build: string) =>
      at(4, { type: "file-written", file: { kind, path } }, build);
    const files = [
      written("manifest", "/work/all.json", "worker"),
      written("manifest", "/work/web.json", "web"),
      written("checksums", "/work/web.checksum", "web"),
      written("manifest", "/work/all.json", "web"),
    ];
    const outputs = outputsOf(reportFrom(mixedBake().toSpliced(-2, 0, ...files)));
    expect(outputs.manifest).toBe("/work/web.json\n/work/all.json");
  });

  test("describe the first successful build in template order; builds has all", () => {
    const outputs = outputsOf(reportFrom(mixedBake()));
    expect(outputs).toMatchObject({ "ami-id": "ami-2", outcome: "failed", manifest: "" });
    expect(JSON.parse(outputs.builds)).toMatchObject([
      { name: "web", outcome: "failed", error: "setup.sh exited with 3", artifacts: [] },
      { name: "worker", outcome: "succeeded", "ami-ids": { "us-east-1": "ami-1" }, duration: 8 },
    ]);
  });

  test("have the image of another Region if the build Region has none", () => {
    const artifact = ami({ images: [{ region: "us-east-1", imageId: "ami-1", snapshotIds: [] }] });
    const report = reportFrom([
      at(0, { type: "bake-started", builds: [{ name: "web", builder: "amazon-ebs" }] }, null),
      at(1, { type: "build-ended", outcome: "succeeded", artifacts: [artifact] }),
    ]);
    expect(outputsOf(report)["ami-id"]).toBe("ami-1");
  });

  test("are all set and can be parsed after a failure before any build", () => {
    const outputs = outputsOf(EMPTY_REPORT);
    expect(outputs["ami-id"]).toBe("");
    expect(JSON.parse(outputs["ami-ids"])).toEqual({});
    expect(JSON.parse(outputs.builds)).toEqual([]);
  });

  test("have exact ids, and no secret in errors", () => {
    const secrets = redactor();
    const collected = reportCollector(secrets, COMMAND_WORDS);
    const error = { severity: "error", code: "unknown-region", summary: "unknown region: hunter2" } as const;
    collected.listener(at(0, { type: "secret", value: "hunter2" }, null));
    collected.listener(at(0, { type: "bake-started", builds: [{ name: "web", builder: "amazon-ebs" }] }, null));
    collected.listener(
      at(1, { type: "build-ended", outcome: "failed", artifacts: [ami({ imageName: "hunter2" })], error }),
    );
    const outputs = outputsOf(collected.exact());
    expect(outputs.builds).toContain("unknown region: <sensitive>");
    expect(outputs.builds).toContain('"image-name":"hunter2"');
  });

  test.each([
    [true, "unchanged"],
    [false, "resumed ami-1, left unfinished by run 4711 (2 hours ago)"],
  ])("have the reason for an image that was reused (%p) or resumed", (isReused, reason) => {
    const skipped = ami({ skip: { skipped: isReused, reason } });
    const report = reportFrom([
      at(0, { type: "bake-started", builds: [{ name: "web", builder: "amazon-ebs" }] }, null),
      at(1, { type: "build-ended", outcome: "succeeded", artifacts: [skipped] }),
    ]);
    expect(outputsOf(report)).toMatchObject({ skipped: String(isReused), reason, "ami-id": "ami-2" });
  });
});

describe("withEvent", () => {
  test("keeps resources that remain, not those that were released later", () => {
    const resource = { type: "resource", kind: "instance", id: "i-1", region: "us-east-1" } as const;
    let report = reportFrom(successfulBake().slice(0, 2));
    report = withEvent(report, at(1, { ...resource, action: "left", why: "timeout" }));
    expect(report.builds[0]?.remaining).toMatchObject([{ action: "left", id: "i-1", why: "timeout" }]);
    report = withEvent(report, at(2, { ...resource, action: "released" }));
    expect(report.builds[0]?.remaining).toEqual([]);
  });

  test("keeps the last 40 lines of output", () => {
    const lines = Array.from({ length: 50 }, (_, index) =>
      at(1, { type: "output", stream: "stdout", text: `${index}` }),
    );
    const report = reportFrom([...successfulBake().slice(0, 2), ...lines]);
    expect(report.builds[0]?.tail).toHaveLength(40);
    expect(report.builds[0]?.tail.at(-1)).toBe("49");
  });

  test("ends the latest step of a name, and all steps at the end of the build", () => {
    const start = at(1, { type: "step-started", step: "copy", title: "Copy" });
    const report = reportFrom([
      ...successfulBake().slice(0, 2),
      start,
      { ...start, at: start.at + 1 },
      at(3, { type: "step-ended", step: "copy", outcome: "succeeded" }),
      at(5, { type: "build-ended", outcome: "cancelled", artifacts: [] }),
    ]);
    expect(report.builds[0]?.steps.map((step) => step.outcome)).toEqual(["cancelled", "succeeded"]);
  });
});
