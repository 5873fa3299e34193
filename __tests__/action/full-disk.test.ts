import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, expect, test } from "@jest/globals";
import { BAKE } from "../../src/action/bake.js";
import { SOURCE } from "../builders/amazon-ebs/bake.js";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";
import { commandsIn, inputsEnvironment, runOnRunner } from "./runner.js";

const cloud = testCloud();
const folder = temporaryFolder("full-disk");
const onLinux = process.platform === "linux" ? test : test.skip;

beforeAll(() => {
  const builder = {
    ...{ type: "amazon-ebs", region: "us-east-1", instance_type: "t3.micro" },
    ...{ communicator: "none", ami_name: "disk {{uuid}}" },
    ...SOURCE,
  };
  writeFileSync(join(folder(), "web.json"), JSON.stringify({ builders: [builder] }));
});
beforeEach(() => cloud.endpoint().baseline());

const bake = (files: Readonly<Record<string, string>>) =>
  runOnRunner(BAKE, folder(), {
    ...cloud.env(),
    AWS_REGION: "us-east-1",
    ...inputsEnvironment({ template: "web.json" }),
    ...files,
  });

const FULL = "/dev/full";

onLinux(
  "a bake whose outputs and summary cannot be written succeeds, and the log has its images and the files",
  async () => {
    const { code, log } = await bake({ GITHUB_OUTPUT: FULL, GITHUB_STEP_SUMMARY: FULL });
    expect(code).toBe(0);
    const [image = ""] = /ami-\w+/.exec(/Output ami-ids: (.*)/.exec(log)?.[1] ?? "") ?? [];
    expect(Object.values(cloud.endpoint().held()).flat()).toContainEqual(expect.stringContaining(image));
    const reports = commandsIn(log).filter(({ message }) => message.startsWith("Could not write "));
    expect(reports.map(({ name, message }) => `${name}: ${message}`)).toEqual([
      expect.stringMatching(
        /^error: Could not write the outputs "ami-id", .* to "\/dev\/full" \(GITHUB_OUTPUT\): no space left on the disk/,
      ),
      expect.stringMatching(
        /^warning: Could not write the job summary to "\/dev\/full" \(GITHUB_STEP_SUMMARY\): no space left/,
      ),
    ]);
  },
);

onLinux(
  "a bake that cannot record what it creates creates nothing, and writes its outputs and its summary",
  async () => {
    const { code, log, outputs, files } = await bake({ GITHUB_STATE: FULL });
    expect(code).toBe(1);
    expect(cloud.endpoint().held()).toEqual({});
    expect(outputs).toMatchObject({ outcome: "failed", "ami-ids": "{}" });
    expect(files.summary).toContain("no space left on the disk");
    expect(commandsIn(log)).toContainEqual(
      expect.objectContaining({
        name: "error",
        message: expect.stringMatching(/^Could not write "\/dev\/full" \(GITHUB_STATE\): no space left on the disk/),
      }),
    );
  },
);
