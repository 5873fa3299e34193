import type { WinrmClient } from "../client.js";
import { type EchoOptions, echoFile } from "./echo.js";
import { RECEIVE_FILES } from "./powershell.js";
import { isConstrained, runTransfer, transferFailure } from "./run.js";
import { fileStream, type SentEntry } from "./stream.js";

/** Needs of an upload. `onSent` gets the bytes of the files so far. */
export interface UploadNeeds {
  readonly signal: AbortSignal;
  readonly onSent: (bytes: number) => void;
}

/** How files are sent to one machine. */
export interface WinrmUploads {
  /** Sends directories and files, in one stream. Returns how. Rejects with a `BakeError` or the abort reason. */
  send(entries: readonly SentEntry[], destination: string, needs: UploadNeeds): Promise<"PowerShell" | "echo">;
}

/**
 * Returns the uploads of a machine. PowerShell reads the files on its standard input; where it cannot, they are sent by `echo`, as Packer does.
 */
export function winrmUploads(client: WinrmClient, echo: EchoOptions): WinrmUploads {
  let constrained = false;
  return {
    async send(entries, destination, { signal, onSent }) {
      if (!constrained) {
        const stdin = fileStream(entries, onSent);
        const run = runTransfer(client, { script: RECEIVE_FILES, signal, stdin });
        const result = await run.finally(() => stdin.close());
        if (result.end.status === "exited" && result.end.code === 0) return "PowerShell";
        if (!isConstrained(result)) throw transferFailure("upload to", destination, result);
        constrained = true;
      }
      let before = 0;
      for (const entry of entries) {
        let sent = 0;
        const count = (bytes: number) => {
          sent = bytes;
          onSent(before + bytes);
        };
        await echoFile(client, entry, { ...echo, signal, onSent: count });
        before += sent;
      }
      return "echo";
    },
  };
}
