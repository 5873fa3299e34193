import type { AwsSession } from "../aws/client/session.js";
import type { Artifact } from "../core/artifact.js";
import { signalWithTimeout } from "../core/clock.js";
import { messageOf } from "../core/errors.js";
import type { AccountReference } from "../core/ledger.js";
import type { PackageList, PackageReport } from "../core/packages.js";
import type { PartContext } from "../core/parts.js";
import { comparePackages } from "./difference.js";
import { type PackageFiles, writePackageFiles } from "./files.js";
import { type KeptLists, keepList, readKeptLists } from "./kept-lists.js";

/** Longest that Parameter Store is asked for lists, in milliseconds: they are not worth a wait. */
const PATIENCE = 60_000;

/** A parameter that names the image of its region, and the image that it named before. */
export interface NamedImage {
  readonly region: string;
  readonly name: string;
  readonly imageId: string;
  readonly previous?: string | undefined;
}

/** What recording is wired with. */
export interface RecordParts {
  /** Folder for files; undefined writes none. */
  readonly folder: string | undefined;
  /** Whether lists are kept below the parameter, and compared with the one that is kept there. */
  readonly keepsLists: boolean;
  openSession(account: AccountReference): AwsSession;
}

/** What is to be recorded of a build. */
export interface Recording {
  /** Undefined where no machine was asked: the image was taken instead of baking, or its packages cannot be known. */
  readonly taken: PackageList | undefined;
  readonly artifact: Artifact;
  readonly parameters: readonly NamedImage[];
}

/**
 * Writes the files and tells; where lists are kept, compares an image's packages with those of the image that its parameter named
 * before, and keeps the list below the parameter for the next time: in one region alone, that of the build where the parameter is there. Never rejects: a
 * list that cannot be written, read or kept is a notice.
 */
export async function recordPackages(recording: Recording, context: PartContext, parts: RecordParts): Promise<void> {
  const { taken, artifact, parameters } = recording;
  if (artifact.kind !== "ami" && artifact.kind !== "docker-image") return;
  if (!taken && !(parts.folder && artifact.kind === "ami" && artifact.skip?.skipped)) return;
  const home = artifact.kind === "ami" && parts.keepsLists ? homeOf(artifact.buildRegion, parameters) : undefined;
  if (artifact.kind !== "ami" || !home) {
    if (taken) await tell(taken, {}, recording, context, parts);
    return;
  }
  const limited = signalWithTimeout(
    context.signal,
    PATIENCE,
    context.surroundings.clock,
    () => new Error(`Parameter Store did not answer within ${PATIENCE / 1000} seconds`),
  );
  const session = parts.openSession({ ...artifact.account, region: home.region });
  const scope = { session, region: home.region, signal: limited.signal, narrator: context.narrator };
  try {
    const wanted = [home.imageId, ...(home.previous === undefined ? [] : [home.previous])];
    const kept = await readKeptLists(scope, home.name, wanted).catch((error: unknown) =>
      notKept(context, home, "read", error),
    );
    const list = taken ?? kept?.lists.get(home.imageId);
    if (!list) return;
    await tell(list, since(list, home, kept), recording, context, parts);
    if (!taken || !kept) return;
    const done = await keepList(scope, home.name, {
      list: taken,
      imageId: home.imageId,
      previous: home.previous,
      kept,
    });
    if (!done) context.narrator.message("Packages: the list is too long to be kept below the parameter");
  } catch (error) {
    notKept(context, home, "kept", error);
  } finally {
    limited.done();
    session.close();
  }
}

function homeOf(buildRegion: string, parameters: readonly NamedImage[]): NamedImage | undefined {
  return parameters.find(({ region }) => region === buildRegion) ?? parameters[0];
}

function since(list: PackageList, { previous }: NamedImage, kept: KeptLists | undefined): Partial<PackageReport> {
  if (previous === undefined) return {};
  const before = kept?.lists.get(previous);
  const difference = before && comparePackages(before, list);
  return { since: previous, difference };
}

async function tell(
  list: PackageList,
  changes: Partial<PackageReport>,
  { artifact }: Recording,
  context: PartContext,
  { folder }: RecordParts,
): Promise<void> {
  const files = folder === undefined ? undefined : await written(list, artifact, folder, context);
  const packages = { distribution: list.distribution.name, count: list.packages.length, ...changes, ...files };
  context.narrator.emit({ type: "packages", packages });
}

async function written(
  list: PackageList,
  artifact: Artifact,
  folder: string,
  context: PartContext,
): Promise<PackageFiles | undefined> {
  try {
    return await writePackageFiles(list, artifact, folder, context);
  } catch (error) {
    notice(context, `the list of packages could not be written: ${messageOf(error)}`, `Is ${folder} a folder?`);
    return undefined;
  }
}

function notKept(context: PartContext, { name, region }: NamedImage, what: "read" | "kept", error: unknown): undefined {
  // After a cancel nobody waits for lists.
  if (context.signal.aborted) return undefined;
  notice(
    context,
    `lists of packages could not be ${what} below the parameter ${name} in ${region}: ${messageOf(error)}`,
    `Allow ssm:GetParameters and ssm:PutParameter on …:parameter/${name.replace(/^\//, "")}/packages/*, or set packages to off.`,
  );
  return undefined;
}

function notice({ narrator }: PartContext, summary: string, hint: string): void {
  narrator.emit({
    type: "diagnostic",
    diagnostic: { severity: "notice", code: "packages-not-kept", summary, hint },
  });
}
