import type { TarFileWriter, TarListener } from "../tar/reader.js";
import type { SourceListing } from "./listing.js";
import type { LocalTree } from "./local-destination.js";
import { receivedParts, shown } from "./received-name.js";

export interface AcceptedOptions {
  /** Throws for a path that was not requested. */
  readonly check: (parts: readonly string[]) => void;
  /** Undefined when the machine cannot list. */
  readonly listing: SourceListing | undefined;
  /** Called with the number of bytes of each write. */
  readonly onBytes: (bytes: number) => void;
}

/** A listener that writes members, and returns afterwards how they differ from the listing. */
export interface AcceptedMembers extends TarListener {
  /** Returns sentences without a final period. */
  differences(): readonly string[];
  /** Copies a file that was written before, with its mode. Returns false when it was not. */
  copy(from: readonly string[], to: readonly string[]): Promise<boolean>;
}

/**
 * Returns a listener that writes the members of an archive into `tree`. Members that are not listed appeared after the listing, or the
 * machine is hostile: they are not written. A file that was not listed as executable is not executable. A hard link becomes a copy of the
 * earlier member. Its functions throw a `BakeError` for names that are not requested, and an `Error` for links that have no earlier member.
 */
export function acceptedMembers(tree: LocalTree, { check, listing, onBytes }: AcceptedOptions): AcceptedMembers {
  /** Modes of the files by path. */
  const written = new Map<string, number>();
  const unlisted: { count: number; example: string | undefined } = { count: 0, example: undefined };
  /** Returns the parts and mode of a member to write; undefined for one to skip. */
  const accept = (name: Buffer, mode: number, kind: "file" | "directory") => {
    const parts = receivedParts(name);
    check(parts);
    if (!listing) return { parts, mode };
    const entry = listing.take(parts, kind);
    if (entry) return { parts, mode: kind === "file" && !entry.executable ? mode & ~0o111 : mode };
    unlisted.count += 1;
    unlisted.example ??= parts.join("/");
    return undefined;
  };
  const copy = async (from: readonly string[], to: readonly string[], mode?: number): Promise<boolean> => {
    const existing = written.get(from.join("/"));
    if (existing === undefined) return false;
    await tree.copy(from, to, mode ?? existing);
    written.set(to.join("/"), mode ?? existing);
    return true;
  };
  return {
    async directory(name, mode) {
      const accepted = accept(name, mode, "directory");
      if (accepted) await tree.directory(accepted.parts, accepted.mode);
    },
    async file(name, mode) {
      const accepted = accept(name, mode, "file");
      if (!accepted) return NOWHERE;
      const local = await tree.file(accepted.parts, accepted.mode);
      return {
        async write(bytes) {
          await local.write(bytes);
          onBytes(bytes.length);
        },
        async close() {
          await local.close();
          written.set(accepted.parts.join("/"), accepted.mode);
        },
        discard: local.discard,
      };
    },
    async link({ name, mode, target, kind }) {
      if (kind === "symbolic") throw new Error(`${shown(name)} is a symbolic link, although tar was to follow links`);
      const accepted = accept(name, mode, "file");
      if (!accepted) return;
      if (await copy(receivedParts(target), accepted.parts, accepted.mode)) return;
      throw new Error(`${shown(name)} is a link to ${shown(target)}, which was not sent before`);
    },
    copy,
    differences() {
      const left = listing?.left();
      return [
        ...(unlisted.count > 0 ? [`${files(unlisted)} that were not listed before were not written`] : []),
        ...(left && left.count > 0 ? [`${files(left)} were removed while the directory was read`] : []),
      ];
    },
  };
}

const NOWHERE: TarFileWriter = {
  write: async () => undefined,
  close: async () => undefined,
  discard: async () => undefined,
};

function files({ count, example }: { readonly count: number; readonly example: string | undefined }): string {
  return `${count} files or directories, among them ${shown(example ?? "")},`;
}
