import type { FileEntry, SFTPWrapper, Stats } from "ssh2";
import { matchesPattern } from "./name-pattern.js";
import { refused, shown } from "./received-name.js";
import { isGlob } from "./requested-names.js";
import { isEndOfFile } from "./sftp-read.js";
import { promised } from "./sftp-session.js";
import { sftpFailed } from "./transfer-error.js";

/** A session in which names are listed. */
export interface NamesContext {
  readonly sftp: SFTPWrapper;
  /** Throws when there are too many names. */
  readonly count: (name: string) => void;
}

/** Returns the names in a directory, without `.` and `..`. Throws a `BakeError` for a name that is a path. */
export async function namesIn({ sftp, count }: NamesContext, path: string): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    const handle = await promised<Buffer>((done) => sftp.opendir(path, done));
    try {
      for (let batch = await namesOnce(sftp, handle); batch; batch = await namesOnce(sftp, handle)) {
        for (const name of batch) {
          count(name);
          if (name === "" || name.includes("/"))
            throw refused(`The machine sent a path as a file name: ${shown(Buffer.from(name))}`);
          names.push(name);
        }
      }
    } finally {
      await promised((done) => sftp.close(handle, done)).catch(() => undefined);
    }
  } catch (cause) {
    throw sftpFailed("download", path, cause);
  }
  return names.filter((name) => name !== "." && name !== "..");
}

/** Returns the next names of an open directory, at least one; undefined at its end. */
async function namesOnce(sftp: SFTPWrapper, handle: Buffer): Promise<readonly string[] | undefined> {
  try {
    const entries = await promised<FileEntry[]>((done) => readdirOf(sftp)(handle, { full: true }, done));
    if (entries.length === 0) throw new Error("the machine sent an empty list of names");
    return entries.map(({ filename }) => filename);
  } catch (error) {
    if (isEndOfFile(error)) return undefined;
    throw error;
  }
}

/** The types have neither the handle nor the option that keeps `.` and `..`, so that each response has names. */
function readdirOf(sftp: SFTPWrapper) {
  return sftp.readdir.bind(sftp) as unknown as (
    handle: Buffer,
    options: { readonly full: true },
    done: (error: unknown, entries?: FileEntry[]) => void,
  ) => void;
}

/**
 * Returns the paths that a glob matches, in the order of their names, from the listings of its directories: for machines without a POSIX
 * shell. Throws a `BakeError` when there is none.
 */
export async function matchingPaths(context: NamesContext, glob: string): Promise<readonly string[]> {
  const parts = glob.replace(/\/+$/, "").split("/");
  let found: readonly string[] = [""];
  for (const [index, part] of parts.entries()) {
    const between = index === 0 ? "" : "/";
    found = isGlob(part)
      ? (await Promise.all(found.map((directory) => childrenLike(context, directory, part)))).flat()
      : found.map((directory) => `${directory}${between}${part}`);
  }
  const exists = await Promise.all(
    found.map((path) => promised<Stats>((done) => context.sftp.stat(path, done)).then(yes, no)),
  );
  const paths = found.filter((_, index) => exists[index]);
  if (paths.length === 0) throw sftpFailed("download", glob, new Error("no file or directory matches"));
  return paths;
}

async function childrenLike(context: NamesContext, directory: string, pattern: string): Promise<readonly string[]> {
  const names = await namesIn(context, directory || ".");
  const below = directory === "" ? "" : `${directory}/`;
  return names
    .filter((name) => matchesPattern(pattern, Buffer.from(name)))
    .sort()
    .map((name) => `${below}${name}`);
}

const yes = () => true;
const no = () => false;
