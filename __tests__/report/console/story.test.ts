import { describe, expect, test } from "@jest/globals";
import type { BakeEvent } from "../../../src/core/events.js";
import { consoleStory, type StoryOptions } from "../../../src/report/console/story.js";
import { machineReadable } from "../../../src/report/machine-readable.js";
import { ami, at, BEGIN, mixedBake, successfulBake } from "../events.js";

const PLAIN: StoryOptions = {
  colour: false,
  introduce: true,
  timestamps: false,
  progressInterval: 15_000,
  sources: [],
};

function linesOf(events: readonly BakeEvent[], options: Partial<StoryOptions> = {}): readonly string[] {
  const story = consoleStory({ ...PLAIN, ...options });
  return events.flatMap((event) => story(event));
}

describe("consoleStory", () => {
  test("prints a bake as Packer does", () => {
    expect(linesOf(successfulBake()).join("\n")).toBe(`web: output will be in this color.

==> web: Launching a source AWS instance...
    web: Instance ID: i-1
    web: hello
==> web: oops
Build 'web' finished after 1 minute 4 seconds.

==> Wait completed after 1 minute 5 seconds

==> Builds finished. The artifacts of successful builds are:
--> web: AMIs were created:
us-east-1: ami-1
us-west-2: ami-2
`);
  });

  test("prints the number of packages, the changes, and the file with the bill of materials", () => {
    const difference = { counts: { added: 3, removed: 0, upgraded: 17, downgraded: 1 }, security: 5, changes: [] };
    const packages = { distribution: "Debian\u001b[2J 12", count: 412, sbom: "/tmp/web.cdx.json" };
    const packageLines = (more: object) => linesOf([at(0, { type: "packages", packages: { ...packages, ...more } })]);
    const bill = "    web: Software bill of materials: /tmp/web.cdx.json";
    expect(packageLines({})).toEqual(["==> web: Packages: 412 on Debian 12", bill]);
    expect(packageLines({ since: "ami-9", difference })).toEqual([
      "==> web: Packages: 412 on Debian 12; since ami-9: 3 added, 17 upgraded, 1 downgraded (5 security-relevant)",
      bill,
    ]);
    expect(packageLines({ since: "ami-9" })[0]).toContain("the previous image (ami-9) has no package list");
  });

  test("prints a failure once, before the resources that are removed after it", () => {
    const error = { severity: "error", code: "script-failed", summary: "setup.sh exited with 3" } as const;
    const events = [
      at(0, { type: "bake-started", builds: [{ name: "web", builder: "amazon-ebs" }] }, null),
      at(0, { type: "build-started" }),
      at(1, { type: "build-failing", error }),
      at(2, { type: "resource", action: "releasing", kind: "instance", id: "i-1" }),
      at(3, { type: "resource", action: "releasing", kind: "volume", id: "vol-1" }),
      at(3, { type: "resource", action: "releasing", kind: "launch-template", id: "lt-1" }),
      at(5, { type: "build-ended", outcome: "failed", artifacts: [], error }),
    ];
    const removal = [
      "==> web: Terminating the source AWS instance...",
      "==> web: Destroying volume (vol-1)...",
      "==> web: Removing the launch-template lt-1...",
    ];
    expect(linesOf(events).slice(2)).toEqual([
      "==> web: Error: setup.sh exited with 3",
      ...removal,
      "Build 'web' errored after 5 seconds: setup.sh exited with 3",
    ]);
    expect(linesOf(events, { sources: undefined }).slice(2, 4)).toEqual([
      "==> web: setup.sh exited with 3",
      removal[0],
    ]);
  });

  test("prints how a build connects, and why", () => {
    const access = at(0, { type: "access", way: "Session Manager", why: "no subnet is public\u001b[2J" });
    expect(linesOf([access])).toEqual(["==> web: Access: Session Manager, because no subnet is public"]);
  });

  test("prints failed and successful builds", () => {
    expect(linesOf(mixedBake())).toEqual([
      "web: output will be in this color.",
      "worker: output will be in this color.",
      "",
      "==> web: cannot find nginx",
      "==> web: Error: setup.sh exited with 3",
      "==> web:   Hint: Look at its output.",
      "Build 'web' errored after 5 seconds: setup.sh exited with 3",
      "Build 'worker' finished after 8 seconds.",
      "",
      "==> Wait completed after 8 seconds",
      "",
      "==> Some builds didn't complete successfully and had errors:",
      "--> web: setup.sh exited with 3",
      "",
      "==> Builds finished. The artifacts of successful builds are:",
      "--> worker: AMIs were created:",
      "us-east-1: ami-1",
      "us-west-2: ami-2",
      "",
    ]);
  });

  test("prints that no artifact was created, or that the builds were cancelled", () => {
    const ended = (outcome: "cancelled" | "failed") => [
      at(0, { type: "bake-started", builds: [{ name: "web", builder: "null" }] }, null),
      at(0, { type: "build-started" }),
      at(1, { type: "build-ended", outcome, artifacts: [] }),
      at(1, { type: "bake-ended", outcome }, null),
    ];
    expect(linesOf(ended("cancelled")).at(-1)).toBe("Cleanly cancelled builds after being interrupted.");
    expect(linesOf(ended("failed")).at(-1)).toBe("==> Builds finished but no artifacts were created.");
  });

  test("prints the image of a failed build, and each artifact once", () => {
    const lines = linesOf([
      at(0, { type: "bake-started", builds: [{ name: "web", builder: "amazon-ebs" }] }, null),
      at(1, { type: "build-ended", outcome: "failed", artifacts: [ami(), ami()] }),
      at(1, { type: "bake-ended", outcome: "failed" }, null),
    ]);
    expect(lines).toContain("==> The artifacts that were created are:");
    expect(lines.filter((line) => line === "us-east-1: ami-1")).toHaveLength(1);
  });

  test("prints no heading for a bake of which every image failed", () => {
    const missing = [{ region: "us-east-1", reason: "denied" }];
    const lines = linesOf([
      at(0, { type: "bake-started", builds: [{ name: "web", builder: "amazon-ebs" }] }, null),
      at(1, { type: "build-ended", outcome: "failed", artifacts: [ami({ images: [], missing })] }),
      at(1, { type: "bake-ended", outcome: "failed" }, null),
    ]);
    expect(lines.join("\n")).not.toContain("AMIs were created");
    expect(lines.at(-1)).toBe("==> Builds finished but no artifacts were created.");
  });

  test("prints that existing AMIs were reused", () => {
    const skip = { skipped: true, reason: "unchanged" };
    const lines = linesOf([
      ...successfulBake().slice(0, 2),
      at(1, { type: "build-ended", outcome: "succeeded", artifacts: [ami({ skip })] }),
      at(1, { type: "bake-ended", outcome: "succeeded" }, null),
    ]);
    expect(lines).toContain("--> web: Existing AMIs were reused:");
    expect(lines.join("\n")).not.toContain("AMIs were created");
  });

  test("gives each build the next colour; errors are red", () => {
    const lines = linesOf(mixedBake(), { colour: true });
    expect(lines[0]).toBe("\u001b[1;32mweb: output will be in this color.\u001b[0m");
    expect(lines[1]).toBe("\u001b[1;36mworker: output will be in this color.\u001b[0m");
    expect(lines).toContain("\u001b[1;31m--> web: setup.sh exited with 3\u001b[0m");
  });

  test("prints the time before each line with -timestamp-ui", () => {
    expect(linesOf([at(2, { type: "say", text: "one\ntwo" })], { timestamps: true })).toEqual([
      "2026-11-21T10:00:02Z: ==> web: one",
      "2026-11-21T10:00:02Z: ==> web: two",
    ]);
  });

  test("removes terminal sequences from output and names", () => {
    const story = linesOf([
      at(0, { type: "bake-started", builds: [{ name: "web\u001b[2J\n==> root", builder: "x" }] }, null),
      at(1, { type: "output", stream: "stdout", text: "\u001b]0;owned\u0007\u001b[31mred\r::error::no" }),
    ]);
    expect(story).toEqual(["web ==> root: output will be in this color.", "", "    web: red::error::no"]);
  });

  test("prints the progress of a wait at most once in each interval", () => {
    const progress = (seconds: number) =>
      at(seconds, { type: "progress", what: "ami-1", elapsed: seconds * 1000, percent: seconds, text: "copying" });
    const seconds = Array.from({ length: 60 }, (_, second) => second);
    expect(linesOf([at(20, { type: "progress", what: "instance i-1 to stop", elapsed: 20_000 })])).toEqual([
      "    web: Waiting for instance i-1 to stop: 20 seconds so far",
    ]);
    expect(linesOf(seconds.map(progress))).toEqual([
      "    web: ami-1: 15 %, copying, 15 seconds so far",
      "    web: ami-1: 30 %, copying, 30 seconds so far",
      "    web: ami-1: 45 %, copying, 45 seconds so far",
    ]);
  });

  test("prints resources that could not be removed at once, and again at the end", () => {
    const left = {
      type: "resource",
      action: "left",
      kind: "instance",
      id: "i-1",
      region: "us-east-1",
      why: "denied",
    } as const;
    const lines = linesOf([
      at(0, { type: "bake-started", builds: [{ name: "web", builder: "amazon-ebs" }] }, null),
      at(1, left),
      at(2, { type: "bake-ended", outcome: "failed" }, null),
    ]);
    expect(lines).toContain("==> web: Could not remove the instance i-1 in us-east-1: denied");
    expect(lines).toContain("--> instance i-1 in us-east-1: denied");
  });
});

describe("machineReadable", () => {
  const records = (events: readonly BakeEvent[]) => {
    const tellRecords = machineReadable(consoleStory({ ...PLAIN, introduce: false }));
    return events.flatMap((event) => tellRecords(event));
  };
  const seconds = (after: number) => BEGIN / 1000 + after;

  test("prints the lines of the console as ui records", () => {
    expect(records([at(1, { type: "say", text: "a, b" }), at(2, { type: "message", text: "c" })])).toEqual([
      `${seconds(1)},,ui,say,==> web: a%!(PACKER_COMMA) b`,
      `${seconds(2)},,ui,message,    web: c`,
    ]);
  });

  test("prints artifacts in the format that scripts read", () => {
    expect(records(successfulBake()).filter((line) => line.includes(",artifact"))).toEqual([
      `${seconds(65)},web,artifact-count,1`,
      `${seconds(65)},web,artifact,0,builder-id,mitchellh.amazonebs`,
      `${seconds(65)},web,artifact,0,id,us-east-1:ami-1%!(PACKER_COMMA)us-west-2:ami-2`,
      `${seconds(65)},web,artifact,0,string,AMIs were created:\\nus-east-1: ami-1\\nus-west-2: ami-2\\n`,
      `${seconds(65)},web,artifact,0,files-count,0`,
      `${seconds(65)},web,artifact,0,end`,
    ]);
  });

  test("prints errors", () => {
    const lines = records(mixedBake());
    expect(lines).toContain(`${seconds(8)},,error-count,1`);
    expect(lines).toContain(`${seconds(8)},web,error,setup.sh exited with 3`);
  });
});
