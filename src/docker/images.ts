import { BakeError } from "../core/errors.js";
import { type ContainerEngine, commandOutput, mustSucceed, runCommand } from "./engine.js";
import { engineError } from "./errors.js";

/** An image as the engine describes it. */
export interface InspectedImage {
  /** `sha256:…`. */
  readonly id: string;
  /** `repository@sha256:…`, for images in a registry. */
  readonly digests: readonly string[];
  readonly command: readonly string[];
  readonly entrypoint: readonly string[];
}

/** Describes an image of the engine. Throws a `BakeError` (`docker-image-missing`) when it does not exist. */
export async function inspectImage(
  engine: ContainerEngine,
  image: string,
  signal?: AbortSignal,
): Promise<InspectedImage> {
  const action = `describe image "${image}"`;
  const text = await commandOutput(engine, ["image", "inspect", image], { action, signal });
  // Without `--format`, whose output differs between Docker and Podman, the result is a list of one image.
  const parsed: unknown = JSON.parse(text);
  const facts: unknown = Array.isArray(parsed) ? parsed[0] : undefined;
  const id = stringAt(facts, "Id");
  if (id === "") throw new BakeError(`Could not ${action}: the response has no image ID`, { code: "docker-failed" });
  const config = at(facts, "Config");
  return {
    id: /^[0-9a-f]{64}$/.test(id) ? `sha256:${id}` : id,
    digests: stringsAt(facts, "RepoDigests"),
    command: stringsAt(config, "Cmd"),
    entrypoint: stringsAt(config, "Entrypoint"),
  };
}

/** Removes a name of an image, and the image with its last name. Returns false when it does not exist. Throws a `BakeError`. */
export async function removeImage(engine: ContainerEngine, image: string, signal?: AbortSignal): Promise<boolean> {
  const action = `remove image "${image}"`;
  const { end, stderr } = await runCommand(engine, ["rmi", image], { action, signal });
  if (end.status === "exited" && end.code === 0) return true;
  if (/no such image|image not known/i.test(stderr)) return false;
  throw engineError(engine, action, end, stderr);
}

/** Adds a name to an image; another image with that name loses it. */
export async function tagImage(
  engine: ContainerEngine,
  image: string,
  name: string,
  signal?: AbortSignal,
): Promise<void> {
  await mustSucceed(engine, ["tag", image, name], { action: `tag image "${image}" as "${name}"`, signal });
}

function at(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined;
}

function stringAt(value: unknown, key: string): string {
  const found = at(value, key);
  return typeof found === "string" ? found : "";
}

function stringsAt(value: unknown, key: string): readonly string[] {
  const found = at(value, key);
  return Array.isArray(found) ? found.filter((each) => typeof each === "string") : [];
}
