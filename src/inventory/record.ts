import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AwsSession } from "../aws/client/session.js";
import { type AmiArtifact, type Artifact, artifactId, type PublishedParameter } from "../core/artifact.js";
import { signalWithTimeout } from "../core/clock.js";
import { messageOf } from "../core/errors.js";
import type { AccountReference } from "../core/ledger.js";
import type { PackageList, PackageReport } from "../core/packages.js";
import type { PartContext } from "../core/parts.js";
import { comparePackages } from "./difference.js";
import { type KeptLists, keepList, readKeptLists } from "./kept-lists.js";

/** Timeout of all Parameter Store calls for lists, in milliseconds. */
const TIMEOUT = 60_000;

/** A parameter with its current and its earlier image. */
type NamedImage = Omit<PublishedParameter, "version">;

/** The dependencies of recording. */
export interface RecordParts {
  /** Directory for files; undefined writes none. */
  readonly directory: string | undefined;
  /** Whether lists are stored below the parameter and compared with the stored one. */
  readonly keepsLists: boolean;
  openSession(account: AccountReference): AwsSession;
}

/** The package data of a build. */
export interface PackageRecord {
  /** Undefined if the packages were not listed: the image was reused, or the list failed. */
  readonly taken: PackageList | undefined;
  readonly artifact: Artifact;
  readonly parameters: readonly NamedImage[];
}

/**
 * Writes the files and reports the packages. If lists are stored, compares the packages with those of the parameter's earlier image and
 * stores the list below the parameter for the next run. It does so in one Region only: the build Region if the parameter exists there.
 * Never rejects: it reports a notice when a list cannot be written, read or stored.
 */
export async function recordPackages(record: PackageRecord, context: PartContext, parts: RecordParts): Promise<void> {
  const { taken, artifact, parameters } = record;
  const { directory } = parts;
  if (artifact.kind !== "ami" && artifact.kind !== "docker-image") return;
  if (!taken && !(directory && artifact.kind === "ami" && artifact.skip?.skipped)) return;
  const report = async (list: PackageList, changes: Changes) => {
    const files = directory === undefined ? undefined : await writeFiles(list, artifact, directory, context);
    const packages = { distribution: list.distribution.name, count: list.packages.length, ...changes, ...files };
    context.narrator.emit({ type: "packages", packages });
  };
  const home = artifact.kind === "ami" && parts.keepsLists ? homeOf(artifact, parameters) : undefined;
  if (artifact.kind !== "ami" || !home) {
    if (taken) await report(taken, {});
    return;
  }
  const limited = signalWithTimeout(
    context.signal,
    TIMEOUT,
    context.surroundings.clock,
    () => new Error(`Parameter Store did not respond within ${TIMEOUT / 1000} seconds`),
  );
  const session = parts.openSession({ ...artifact.account, region: home.region });
  const scope = { session, region: home.region, signal: limited.signal, narrator: context.narrator };
  const { imageId, previous } = home;
  try {
    const imageIds = previous === undefined ? [imageId] : [imageId, previous];
    const kept = await readKeptLists(scope, home.name, imageIds).catch((error: unknown) =>
      notKept(context, home, "read", error),
    );
    const list = taken ?? kept?.lists.get(imageId);
    if (!list) return;
    await report(list, changesSince(previous, list, kept));
    if (!taken || !kept) return;
    const done = await keepList(scope, home.name, { list: taken, imageId, previous, kept });
    if (!done) context.narrator.message("Packages: the list is too long to store below the parameter");
  } catch (error) {
    notKept(context, home, "store", error);
  } finally {
    limited.done();
    session.close();
  }
}

function homeOf({ buildRegion }: AmiArtifact, parameters: readonly NamedImage[]): NamedImage | undefined {
  return parameters.find(({ region }) => region === buildRegion) ?? parameters[0];
}

type Changes = Pick<Partial<PackageReport>, "since" | "difference">;

function changesSince(previous: string | undefined, list: PackageList, kept: KeptLists | undefined): Changes {
  if (previous === undefined) return {};
  const before = kept?.lists.get(previous);
  return { since: previous, difference: before && comparePackages(before, list) };
}

/**
 * Writes `BUILD.packages.json` and `BUILD.cdx.json` (CycloneDX) to a directory, which it creates. Returns their absolute paths; undefined
 * with a notice if they cannot be written. The library for bills of materials is loaded only here.
 */
async function writeFiles(
  list: PackageList,
  artifact: Artifact,
  directory: string,
  context: PartContext,
): Promise<Pick<PackageReport, "file" | "sbom"> | undefined> {
  const { identity, surroundings } = context;
  const name = fileName(identity.name);
  const files = { file: join(directory, `${name}.packages.json`), sbom: join(directory, `${name}.cdx.json`) };
  try {
    const { billOfMaterials } = await import("./sbom.js");
    const bill = billOfMaterials(list, {
      ...imageOf(artifact),
      uuid: surroundings.ids.uuid(),
      at: surroundings.clock.now(),
    });
    await mkdir(directory, { recursive: true });
    await writeFile(files.file, `${JSON.stringify({ image: artifactId(artifact), ...list }, undefined, 2)}\n`);
    await writeFile(files.sbom, bill);
    return files;
  } catch (error) {
    notice(
      context,
      `Could not write the list of packages: ${messageOf(error)}`,
      `Check that "${directory}" is a directory and can be written.`,
    );
    return undefined;
  }
}

function imageOf(artifact: Artifact) {
  if (artifact.kind !== "ami") return { kind: "container", name: artifactId(artifact), properties: [] } as const;
  const properties = artifact.images.map(({ region, imageId }) => ({ name: `bake-ami:ami:${region}`, value: imageId }));
  return { kind: "machine-image", name: artifact.imageName, properties } as const;
}

/** Returns the build's name as a file name. If characters were replaced, a hash makes it unique. */
function fileName(build: string): string {
  const plain = build.replace(/[^\w.-]+/g, "-").replace(/^\.+/, "");
  if (plain === build) return plain;
  return `${plain}-${createHash("sha256").update(build).digest("hex").slice(0, 8)}`;
}

function notKept(
  context: PartContext,
  { name, region }: NamedImage,
  what: "read" | "store",
  error: unknown,
): undefined {
  // After a cancellation no notice is needed.
  if (context.signal.aborted) return undefined;
  notice(
    context,
    `Could not ${what} the list of packages below the parameter "${name}" in ${region}: ${messageOf(error)}`,
    `Allow ssm:GetParameters and ssm:PutParameter on …:parameter/${name.replace(/^\//, "")}/packages/*, or set "packages" to "off".`,
  );
  return undefined;
}

function notice({ narrator }: PartContext, summary: string, hint: string): void {
  narrator.emit({
    type: "diagnostic",
    diagnostic: { severity: "notice", code: "packages-not-kept", summary, hint },
  });
}
