import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { runReally } from "../engine/running.js";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";

const cloud = testCloud({ scale: 0 });
const folder = temporaryFolder("command-debug");

beforeEach(() => {
  writeFileSync(join(folder(), "web.json"), JSON.stringify({ builders: [{ type: "null", communicator: "none" }] }));
  writeFileSync(join(folder(), "web.pkr.hcl"), 'variable "a" {}\n');
});

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runReally(args, {
    cwd: folder(),
    env: { ...cloud.env(), AWS_REGION: "us-east-1", XDG_STATE_HOME: folder(), HOME: folder(), ...env },
  });

/** A command, the line with its settings, and a line of its work. */
const COMMANDS: readonly (readonly [readonly string[], string, RegExp | undefined])[] = [
  [
    ["build", "web.json"],
    "Command: build, with no settings",
    /^null: Provisioner|^The template was read; builds: null/,
  ],
  [["cleanup", "-dry-run"], "Command: cleanup, with -dry-run", undefined],
  [["fmt", "-check", "web.pkr.hcl"], "Command: fmt, with -check", undefined],
  [
    ["history", "-regions=us-east-1", "/images/web"],
    "Command: history, with -regions",
    /^AWS ssm:GetParameterHistory /,
  ],
  [["inspect", "web.json"], "Command: inspect, with no settings", /^The template was read/],
  [["matrix", "."], "Command: matrix, with no settings", /^The template was read/],
  [
    ["prune", "-keep=1", "-keep-names=web-*", "-regions=us-east-1"],
    "Command: prune, with -keep, -keep-names, -regions",
    /^AWS ec2:DescribeImages /,
  ],
  [["sweep", "-regions=us-east-1"], "Command: sweep, with -regions", /^AWS ec2:DescribeInstances /],
  [["validate", "-var", "a=b", "web.json"], "Command: validate, with -var", /^The template was read/],
  [["validate", "-forse", "web.json"], "Command: validate, with no settings", undefined],
];

describe("with PACKER_LOG=1", () => {
  test.each(COMMANDS)("%j has a debug log on stderr, and the same output", async (args, settings, line) => {
    const plain = await run(args);
    const logged = await run(args, { PACKER_LOG: "1" });
    const lines = logged.err.split("\n").flatMap((each) => /\[DEBUG\] (.*)/.exec(each)?.[1] ?? []);
    expect(lines[0]).toMatch(/^bake-ami \d/);
    expect(lines[1]).toBe(settings);
    if (line) expect(lines).toContainEqual(expect.stringMatching(line));
    const rest = logged.err.split("\n").filter((each) => !each.includes("[DEBUG]"));
    const stable = (text: string) => text.replace(/\d+ (milli)?seconds?/g, "N");
    expect(stable(rest.join("\n"))).toBe(stable(plain.err));
    expect(stable(logged.out)).toBe(stable(plain.out));
    expect(logged.code).toBe(plain.code);
    rmSync(join(folder(), "bake-ami"), { recursive: true, force: true });
  });
});
