import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { destroyArtifact } from "../../src/engine/bake.js";
import { filesArtifact, postProcessorContext } from "../post-processors/run.js";
import { recordPrograms } from "../provisioners/recording.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("destroy");

test("files go", async () => {
  const file = join(folder(), "disk.img");
  writeFileSync(file, "x");
  await destroyArtifact(filesArtifact(file), postProcessorContext(folder()));
  expect(existsSync(file)).toBe(false);
});

test("an image is removed by the client that made it; one that is held stays, with a warning", async () => {
  const { bin, calls, respond } = recordPrograms(folder(), ["own-docker"]);
  const context = postProcessorContext(folder());
  const image = {
    kind: "docker-image",
    builderId: "x",
    imageId: "sha256:1",
    tags: [],
    digest: undefined,
    text: "",
  } as const;
  const program = join(bin, "own-docker");
  await destroyArtifact({ ...image, program }, context);
  expect(calls()).toEqual(["own-docker [rmi] [sha256:1]"]);
  respond("own-docker", "echo 'Error response from daemon: conflict: image is being used' >&2; exit 1");
  await destroyArtifact({ ...image, program }, context);
  expect(context.events).toMatchObject([
    { type: "diagnostic", diagnostic: { severity: "warning", summary: expect.stringContaining("is being used") } },
  ]);
});
