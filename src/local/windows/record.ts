import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

/** How a client logged in. */
export type LoginKind = "basic" | "ntlm" | "ntlm-encrypted";

/** What a Windows instance of the local cloud was requested to do. Nothing of it ran. */
export type RecordedEvent =
  | { readonly event: "boot"; readonly source: string; readonly userData: string | undefined }
  | { readonly event: "login"; readonly user: string; readonly by: LoginKind; readonly tls: boolean }
  | { readonly event: "refused"; readonly user: string; readonly reason: string }
  | {
      readonly event: "command";
      readonly line: string;
      /** The script of `-EncodedCommand`, decoded. */
      readonly script: string | undefined;
      /** What the stand-in printed, because the client waits for it. */
      readonly printed: string | undefined;
      readonly exit: number;
    }
  | {
      readonly event: "file";
      readonly path: string;
      readonly size: number;
      readonly sha256: string;
      /** The content, if it is text of at most 64 KiB. */
      readonly text: string | undefined;
    }
  | { readonly event: "power"; readonly how: "reboot" | "poweroff" };

/** The record of one instance: a file with one JSON object a line. */
export interface Recorder {
  readonly path: string;
  write(event: RecordedEvent): void;
  close(): void;
}

/** Bytes of a text file that is kept whole in the record. */
const LONGEST_TEXT = 65_536;

/** Opens the record of an instance, readable by the user alone, because scripts have secrets. `now`: milliseconds since 1970. */
export function openRecorder(directory: string, instanceId: string, now: () => number): Recorder {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, `${instanceId}.jsonl`);
  let file: number | undefined = openSync(path, "w", 0o600);
  return {
    path,
    write(event) {
      if (file === undefined) return;
      writeSync(file, `${JSON.stringify({ at: new Date(now()).toISOString(), ...event })}\n`);
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

/** Returns the content as text for the record; undefined for binary and long content. */
export function recordedText(content: Uint8Array): string | undefined {
  if (content.length > LONGEST_TEXT || content.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return undefined;
  }
}
