import type { AmiArtifact } from "../../src/core/artifact.js";
import type { Diagnostic } from "../../src/core/diagnostics.js";
import type { BakeEvent, EventData } from "../../src/core/events.js";
import type { ImageTestReport, TestResult } from "../../src/core/image-tests.js";

/** 21 November 2026, 10:00 UTC. */
export const BEGIN = Date.UTC(2026, 10, 21, 10);

/** An event `seconds` after the beginning. `build` is null for an event that belongs to no build. */
export function at(seconds: number, happening: EventData, build: string | null = "web"): BakeEvent {
  return { ...happening, at: BEGIN + seconds * 1000, ...(build === null ? {} : { build }) };
}

/** An artifact in two regions. */
export function ami(more: Partial<AmiArtifact> = {}): AmiArtifact {
  return {
    kind: "ami",
    builderId: "mitchellh.amazonebs",
    buildRegion: "us-west-2",
    imageName: "web-1700000000",
    account: { region: "us-west-2" },
    images: [
      { region: "us-west-2", imageId: "ami-2", snapshotIds: ["snap-2"] },
      { region: "us-east-1", imageId: "ami-1", snapshotIds: ["snap-1"] },
    ],
    missing: [],
    source: {
      imageId: "ami-0",
      name: "ubuntu-24.04",
      createdAt: "2026-11-11T10:00:00.000Z",
      owner: "099720109477",
      ownerAlias: "amazon",
      architecture: "x86_64",
      tags: {},
    },
    hasEarlier: undefined,
    fingerprint: undefined,
    namePattern: undefined,
    skip: undefined,
    ...more,
  };
}

/** A bake of one build that succeeds. */
export function successfulBake(): BakeEvent[] {
  return [
    at(0, { type: "bake-started", builds: [{ name: "web", builder: "amazon-ebs" }] }, null),
    at(0, { type: "build-started" }),
    at(1, { type: "step-started", step: "launch", title: "Launch the instance" }),
    at(1, { type: "say", text: "Launching a source AWS instance..." }),
    at(2, { type: "message", text: "Instance ID: i-1" }),
    at(9, { type: "step-ended", step: "launch", outcome: "succeeded" }),
    at(10, { type: "step-started", step: "provision", title: "Provision" }),
    at(11, { type: "output", stream: "stdout", text: "hello" }),
    at(12, { type: "output", stream: "stderr", text: "oops" }),
    at(20, { type: "step-ended", step: "provision", outcome: "succeeded" }),
    at(30, {
      type: "parameter-published",
      region: "us-east-1",
      parameter: "/images/web/latest",
      imageId: "ami-1",
      version: 3,
    }),
    at(64, { type: "build-ended", outcome: "succeeded", artifacts: [ami()] }),
    at(65, { type: "bake-ended", outcome: "succeeded" }, null),
  ];
}

/** A bake of two builds: `web` fails, `worker` succeeds. */
export function mixedBake(): BakeEvent[] {
  return [
    at(
      0,
      {
        type: "bake-started",
        builds: [
          { name: "web", builder: "amazon-ebs" },
          { name: "worker", builder: "amazon-ebs" },
        ],
      },
      null,
    ),
    at(0, { type: "build-started" }),
    at(0, { type: "build-started" }, "worker"),
    at(3, { type: "output", stream: "stderr", text: "cannot find nginx" }),
    at(5, {
      type: "build-ended",
      outcome: "failed",
      artifacts: [],
      error: {
        severity: "error",
        code: "script-failed",
        summary: "setup.sh exited with 3",
        hint: "Look at its output.",
      },
    }),
    at(8, { type: "build-ended", outcome: "succeeded", artifacts: [ami()] }, "worker"),
    at(8, { type: "bake-ended", outcome: "failed" }, null),
  ];
}

/** A test that passed in 1.2 seconds. */
export function testResult(name: string, more: Partial<TestResult> = {}): TestResult {
  return { name, outcome: "passed", duration: 1200, message: undefined, output: [], ...more };
}

/** The tests of `ami-2` on one instance; failed if a result failed. */
export function tested(results: readonly TestResult[], more: Partial<ImageTestReport> = {}): ImageTestReport {
  return {
    region: "us-west-2",
    imageId: "ami-2",
    outcome: results.some(({ outcome }) => outcome === "failed") ? "failed" : "passed",
    testsHash: "abc",
    instances: [{ instanceType: "t3.micro", instanceId: "i-7", results }],
    earlier: undefined,
    ...more,
  };
}

/** A bake whose image has these tests; the build fails if they failed. */
export function testedBake(report: ImageTestReport): BakeEvent[] {
  const failed = report.outcome === "failed";
  const outcome = failed ? "failed" : "succeeded";
  const names = report.instances.flatMap(({ results }) => results.filter((each) => each.outcome === "failed"));
  const error: Diagnostic = {
    severity: "error",
    code: "image-tests-failed",
    detail: "a line that the table has too",
    summary: `Tests of ami-2 failed: ${names
      .slice(0, 3)
      .map(({ name }) => `"${name}"`)
      .join(", ")}`,
  };
  return [
    ...successfulBake().slice(0, -2),
    at(58, { type: "image-tested", report }),
    at(64, {
      type: "build-ended",
      outcome,
      artifacts: failed ? [] : [ami({ tests: report })],
      ...(failed ? { error } : {}),
    }),
    at(65, { type: "bake-ended", outcome }, null),
  ];
}
