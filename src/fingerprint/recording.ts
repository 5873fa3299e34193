import { createHash, type Hash } from "node:crypto";
import { relative, resolve } from "node:path";
import { type Communicator, type UploadSource, uploadInOrder } from "../core/communicator.js";
import { BakeError } from "../core/errors.js";
import { uploadedName, walkTree } from "../ssh/tar/tree.js";
import type { Contents } from "./content.js";

/** A communicator that only records requests. */
export interface Recording {
  readonly communicator: Communicator;
  /** Returns the hash of all requests since the last call, in order. */
  digest(): string;
}

/**
 * Starts a recording of commands as text, and of files with their bytes, modes and destinations. Every command "succeeds" without
 * output, and downloads do nothing. Uploading a downloaded file rejects with a `BakeError`: its content is unknown before the run.
 * `type`: that of the build's communicator, because provisioners send other commands by WinRM.
 */
export function openRecording(contents: Contents, type: Communicator["type"]): Recording {
  let hash = createHash("sha256");
  const note = (...parts: readonly (string | Uint8Array)[]) => addParts(hash, parts);
  const downloaded: string[] = [];
  const download = async (what: string, source: string, destination: string) => {
    note(what, source, destination);
    downloaded.push(resolve(destination));
  };
  const uploadFile = async (source: UploadSource, destination: string) => {
    if (source.from === "file") refuseDownloaded(source.path, downloaded);
    note("file", destination, ...(await contentOf(source, contents)));
  };
  const communicator: Communicator = {
    type,
    async exec(command, options) {
      note("exec", command);
      const stdin = options?.stdin;
      if (stdin instanceof Uint8Array) note("stdin", stdin);
      else if (stdin) for await (const chunk of stdin) note("stdin", chunk);
      return { status: "exited", code: 0 };
    },
    uploadFile,
    uploadFiles: uploadInOrder(uploadFile),
    async uploadDirectory(source, destination) {
      refuseDownloaded(source, downloaded);
      const name = uploadedName(source);
      // The directory's mode matters only where the directory itself is created.
      note("folder", destination, ...(name === undefined ? ["contents"] : [name, ...(await contents.of(source))]));
      for (const entry of walkTree(source)) note(entry.kind, entry.name, ...(await contents.of(entry.path)));
    },
    downloadFile: (source, destination) => download("download", source, destination),
    downloadDirectory: (source, destination) => download("download folder", source, destination),
    connection: () => undefined,
    close: async () => undefined,
  };
  return {
    communicator,
    digest() {
      const digest = hash.digest("hex");
      hash = createHash("sha256");
      return digest;
    },
  };
}

/** Throws a `BakeError` for a file that the build downloads: its current content is from an earlier run. */
function refuseDownloaded(path: string, downloaded: readonly string[]): void {
  const inside = (outer: string, inner: string) => !relative(outer, inner).startsWith("..");
  const from = downloaded.find((each) => inside(each, resolve(path)) || inside(resolve(path), each));
  if (from === undefined) return;
  throw new BakeError(`"${path}" is downloaded during the build`, { code: "comes-from-machine" });
}

/** Adds each part with its length, so that different sequences of parts give different hashes. */
function addParts(hash: Hash, parts: readonly (string | Uint8Array)[]): void {
  for (const part of parts) {
    const bytes = typeof part === "string" ? Buffer.from(part) : part;
    hash.update(`${bytes.length}:`);
    hash.update(bytes);
  }
}

async function contentOf(source: UploadSource, contents: Contents): Promise<readonly (string | Uint8Array)[]> {
  return source.from === "file" ? contents.of(source.path) : [source.mode.toString(8), source.content];
}
