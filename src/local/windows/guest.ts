import type { WindowsFiles } from "./files.js";
import type { GuestOutcome, Receiving } from "./outcome.js";
import { expectedOutput } from "./outcome.js";
import { packerTransfer } from "./packer-transfer.js";
import { type PowerRequest, powerOf } from "./power.js";
import { receiveFiles } from "./receive-files.js";
import type { Recorder } from "./record.js";
import { fetchedFile } from "./sent-files.js";

type Stream = "stdout" | "stderr";

/** A command to start, and where its output and exit code go. */
export interface GuestCommand {
  readonly line: string;
  readonly onOutput: (bytes: Buffer, stream: Stream) => void;
  readonly onEnd: (code: number) => void;
}

/** A started command. */
export interface GuestRun {
  /** Takes standard input. */
  write(bytes: Buffer): void;
  end(): void;
  stop(): void;
}

/** Stands in for Windows: records commands and files, runs nothing, and prints what clients wait for. */
export interface RecordingGuest {
  start(command: GuestCommand): GuestRun;
}

/** What a guest needs from its instance. */
export interface GuestSurroundings {
  readonly hostName: string;
  readonly recorder: Recorder;
  readonly files: WindowsFiles;
  /** Returns the milliseconds since the last boot. */
  uptime(): number;
  /** Begins or cancels a restart or shutdown. Returns the exit code of shutdown.exe. */
  power(request: PowerRequest): number;
}

const ENCODED = /\b(?:powershell|pwsh)(?:\.exe)?["']?\s.*?-e(?:nc\w*|c)?\s+["']?([A-Za-z0-9+/=]{4,})/i;

/** Returns the script of `-EncodedCommand` (base64 of UTF-16); undefined for another line. */
export function encodedScript(line: string): string | undefined {
  const text = ENCODED.exec(line)?.[1];
  return text === undefined ? undefined : Buffer.from(text, "base64").toString("utf16le");
}

/** Opens the guest of an instance. */
export function openGuest(around: GuestSurroundings): RecordingGuest {
  const { recorder, files } = around;
  const packer = packerTransfer(files);
  return {
    start({ line, onOutput, onEnd }) {
      const receiving = receiveFiles(line, files);
      if (receiving) return streamed(receiving, onOutput, onEnd);
      const script = encodedScript(line);
      const outcome =
        packer(line, script) ??
        (script === undefined ? undefined : fetchedFile(script, files)) ??
        simple(line, script, around);
      if (!outcome.isTransfer) {
        const printed = outcome.stdout.toString().trimEnd() || undefined;
        recorder.write({ event: "command", line, script, printed, exit: outcome.exit });
      }
      const bytes = Buffer.from(outcome.stdout);
      if (bytes.length > 0) onOutput(bytes, "stdout");
      onEnd(outcome.exit);
      return { write: () => undefined, end: () => undefined, stop: () => undefined };
    },
  };
}

/** A command that is recorded alone: it prints what its client waits for, and exits with 0. */
function simple(line: string, script: string | undefined, around: GuestSurroundings): GuestOutcome {
  const texts = [line, script ?? "", ...scriptsOf(line, around.files)];
  const request = texts.map((text) => powerOf(text)).find((found) => found !== undefined);
  const exit = request === undefined ? 0 : around.power(request);
  return { stdout: expectedOutput(script ?? line, around), exit, isTransfer: false };
}

/** Returns the texts of the script files that a line names. Those that it removes are removed. */
function scriptsOf(line: string, files: WindowsFiles): readonly string[] {
  const paths = line.match(/[a-z]:[\\/][^"'&<>|;*?]*?\.(?:ps1|bat|cmd)\b/gi) ?? [];
  if (!/^\s*del\s/i.test(line)) return paths.flatMap((path) => files.read(path)?.toString("utf8") ?? []);
  for (const path of paths) files.remove(path);
  return [];
}

function streamed(receiving: Receiving, onOutput: GuestCommand["onOutput"], onEnd: GuestCommand["onEnd"]): GuestRun {
  let isOver = false;
  const finish = () => {
    if (isOver) return;
    isOver = true;
    const { exit, stderr } = receiving.end();
    if (stderr !== "") onOutput(Buffer.from(stderr), "stderr");
    onEnd(exit);
  };
  return {
    write(bytes) {
      if (!isOver) receiving.write(bytes);
    },
    end: finish,
    stop: finish,
  };
}
