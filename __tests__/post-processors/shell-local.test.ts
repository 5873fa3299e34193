import { expect, test } from "@jest/globals";
import { shellLocalPostOptions } from "../../src/post-processors/shell-local/options.js";
import { run } from "../../src/post-processors/shell-local/run.js";
import { messagesIn, optionsFor, outputOf } from "../provisioners/provision.js";
import { temporaryFolder } from "../support/folder.js";
import { filesArtifact, postProcessorContext } from "./run.js";

const folder = temporaryFolder("shell-local-post");

test("runs with the build's name and credentials, and returns the artifact unchanged", async () => {
  const artifact = filesArtifact("/nothing");
  const context = postProcessorContext(folder(), { childEnvironment: async () => ({ AWS_REGION: "eu-west-1" }) });
  const inline = ['echo "$PACKER_BUILD_NAME $PACKER_BUILDER_TYPE $AWS_REGION $GREETING"', "pwd"];
  const options = optionsFor(shellLocalPostOptions, { inline, environment_vars: ["GREETING=it's me"] }, folder());
  expect(await run(artifact, options, context)).toEqual({
    artifact,
    keepInput: { keep: true, forced: true },
    files: [],
  });
  expect(outputOf(context.events)).toEqual(["web amazon-ebs eu-west-1 it's me", folder()]);
  expect(messagesIn(context.events)).toEqual(["Running local shell script: inline script"]);
});

test("a failed script is an error with its name", async () => {
  const options = optionsFor(shellLocalPostOptions, { command: "exit 3" }, folder());
  await expect(run(filesArtifact("/nothing"), options, postProcessorContext(folder()))).rejects.toThrow(
    "inline script: Script exited with non-zero exit status: 3",
  );
});
