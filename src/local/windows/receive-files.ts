import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { EXIT, powershellLine, RECEIVE_FILES } from "../../winrm/transfer/powershell.js";
import type { FileWriter, WindowsFiles } from "./files.js";
import type { Receiving } from "./outcome.js";

/** The line by which bake-ami's communicator sends files. */
const LINE = powershellLine(RECEIVE_FILES);

/** Bytes that one line may have after decompression, and bytes of a line that has not ended. */
const LARGEST_PIECE = 1 << 20;
const LONGEST_LINE = 1 << 20;

/** A file of the plan: its path and SHA-256. */
interface Planned {
  readonly digest: string;
  readonly path: string;
}

/**
 * Returns how the files on the standard input of bake-ami's command are received: what `RECEIVE_FILES` does on Windows, with the same checks
 * of digests. Undefined for all other commands.
 */
export function receiveFiles(line: string, files: WindowsFiles): Receiving | undefined {
  if (line !== LINE) return undefined;
  const plan: Buffer[] = [];
  let planned: Planned[] | undefined;
  let next = 0;
  let open:
    | { readonly writer: FileWriter; readonly hash: ReturnType<typeof createHash>; readonly of: Planned }
    | undefined;
  let failure: { readonly exit: number; readonly stderr: string } | undefined;
  let held = "";

  const prepare = (): readonly Planned[] => {
    planned ??= readPlan(Buffer.concat(plan).toString("utf8"), files);
    return planned;
  };
  const close = (): void => {
    if (!open) return;
    const { writer, hash, of } = open;
    open = undefined;
    writer.finish();
    if (hash.digest("hex").toUpperCase() === of.digest.toUpperCase()) return;
    files.remove(of.path);
    failure = { exit: EXIT.digest, stderr: `${of.path}\r\n` };
  };
  const begin = (): void => {
    close();
    const of = prepare()[next++];
    if (of === undefined) failure ??= { exit: 1, stderr: "more files than planned\r\n" };
    else if (files.isDirectory(of.path)) failure = { exit: EXIT.isDirectory, stderr: `${of.path}\r\n` };
    else open = { writer: files.create(of.path), hash: createHash("sha256"), of };
  };
  const take = (text: string): void => {
    if (failure || text === "") return;
    if (text.startsWith(">")) begin();
    else if (planned === undefined) plan.push(Buffer.from(text, "base64"));
    else {
      const piece = gunzipSync(Buffer.from(text, "base64"), { maxOutputLength: LARGEST_PIECE });
      open?.writer.write(piece);
      open?.hash.update(piece);
    }
  };
  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      failure ??= { exit: 1, stderr: `${error instanceof Error ? error.message : String(error)}\r\n` };
    }
  };

  return {
    write: (bytes) =>
      guarded(() => {
        const lines = (held + bytes.toString("latin1")).split("\n");
        held = lines.pop() ?? "";
        if (held.length > LONGEST_LINE) throw new Error("a line that is too long");
        for (const each of lines) take(each.trimEnd());
      }),
    end() {
      guarded(() => {
        take(held.trimEnd());
        close();
        if (!failure && prepare().length !== next) throw new Error("the files are not complete");
      });
      return failure ?? { exit: 0, stderr: "" };
    },
  };
}

/** Makes the directories of the plan, and returns its files. */
function readPlan(text: string, files: WindowsFiles): Planned[] {
  return text.split("\n").flatMap((entry) => {
    const [kind, first = "", second = ""] = entry.split("\t");
    if (kind === "d") files.makeDirectory(first);
    return kind === "f" ? [{ digest: first, path: second }] : [];
  });
}
