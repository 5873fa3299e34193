import { posix } from "node:path";
import { BakeError } from "../../core/errors.js";
import type { TarListener } from "../../ssh/tar/reader.js";
import { acceptedMembers } from "../../ssh/transfer/accepted-members.js";
import type { LocalTree } from "../../ssh/transfer/local-destination.js";
import { receivedParts, refused, shown } from "../../ssh/transfer/received-name.js";

/** A path of the container to download. */
export interface CopiedPath {
  /** Absolute path in the container, which can go through links. */
  readonly path: string;
  /** Path below the local destination, empty for the destination itself. */
  readonly parts: readonly string[];
  /** The directories that led here through links, the last one being the target of `path`. */
  readonly above: readonly string[];
}

/** A listener of one archive. */
export interface CopiedMembers extends TarListener {
  /** Copies the files that links of the archive name. Returns the links whose targets the archive does not have as files. */
  followLinks(): Promise<readonly CopiedPath[]>;
}

/** Links on the way to a path. The kernel's limit is 40 (path_resolution(7)). */
const MOST_LINKS = 8;

/** A symbolic link of an archive: its path below the destination, its path in the container, and the path of its target. */
interface Link {
  readonly parts: readonly string[];
  readonly path: string;
  readonly target: string;
}

/**
 * Returns a listener that writes an archive of `docker cp` into `tree`. The archive has one first component, the name of the path after
 * links were followed. The requested name replaces it, whatever it is. Its functions throw as those of `acceptedMembers`.
 */
export function copiedMembers(
  tree: LocalTree,
  { path, parts, above }: CopiedPath,
  onBytes: (bytes: number) => void,
): CopiedMembers {
  const members = acceptedMembers(tree, { check: () => undefined, listing: undefined, onBytes });
  const directory = above.at(-1) ?? path;
  const links: Link[] = [];
  let first: string | undefined;
  /** Returns the components below the copied path. */
  const below = (name: Buffer): readonly string[] => {
    // The root directory has the name "/" or "./" and no first component.
    if (path === "/") return receivedParts(name[0] === 0x2f ? name.subarray(1) : name);
    const [top = "", ...rest] = receivedParts(name);
    first ??= top;
    if (top !== first) throw refused(`The archive has a name that was not requested: ${shown(name)}`);
    return rest;
  };
  const renamed = (name: Buffer) => Buffer.from([...parts, ...below(name)].join("/"), "latin1");
  const copied = async (link: Link): Promise<boolean> => {
    if (!isBelow(link.target, directory)) return false;
    const from = receivedParts(Buffer.from(posix.relative(directory, link.target)));
    return members.copy([...parts, ...from], link.parts);
  };
  return {
    directory: (name, mode) => members.directory(renamed(name), mode),
    file: (name, mode, size) => members.file(renamed(name), mode, size),
    async link({ name, mode, target, kind }) {
      if (kind === "hard") return members.link({ kind, mode, name: renamed(name), target: renamed(target) });
      const rest = below(name);
      const from = posix.dirname(posix.join(directory, ...rest.map(decoded)));
      links.push({
        parts: [...parts, ...rest],
        path: posix.join(path, ...rest.map(decoded)),
        target: posix.resolve(from, target.toString()),
      });
    },
    async followLinks() {
      let left: readonly Link[] = links;
      for (let before = Number.POSITIVE_INFINITY; left.length < before; ) {
        before = left.length;
        const missing: Link[] = [];
        for (const link of left) {
          if (!(await copied(link))) missing.push(link);
        }
        left = missing;
      }
      return left.map((link) => {
        const chain = [...above, directory];
        if (chain.length > MOST_LINKS || chain.some((each) => isBelow(each, link.target))) throw circular(link.path);
        return { path: link.path, parts: link.parts, above: [...chain, link.target] };
      });
    },
  };
}

function decoded(text: string): string {
  return Buffer.from(text, "latin1").toString();
}

/** Returns whether `path` is `directory` or below it. */
function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory.replace(/\/+$/, "")}/`);
}

function circular(path: string): BakeError {
  return new BakeError(`"${path}" in the container is a link to one of its parent directories`, {
    code: "transfer-failed",
    hint: "Download its subdirectories, or pack the files into an archive with a shell provisioner.",
  });
}
