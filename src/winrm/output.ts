import type { OutputStream } from "../core/communicator.js";
import { clixmlFilter } from "./wire/clixml.js";

/** Receives the output of a command, and passes it on with standard error as text. */
export interface WinrmOutput {
  readonly push: (bytes: Uint8Array, stream: OutputStream) => Promise<void> | undefined;
  /** Passes the rest on. */
  end(): void;
}

/** Needs of `textOutput`, as in `ExecOptions`. */
export interface OutputTarget {
  readonly onOutput?: ((chunk: Uint8Array, stream: OutputStream) => void) | undefined;
  readonly drained?: ((stream: OutputStream) => Promise<void> | undefined) | undefined;
}

/** Returns the receiver of a command's output. Standard output is passed as it is: UTF-8, or what the program writes. */
export function textOutput({ onOutput, drained }: OutputTarget): WinrmOutput {
  const decoder = new TextDecoder();
  const filter = clixmlFilter();
  const show = (text: string) => {
    if (text !== "") onOutput?.(Buffer.from(text), "stderr");
  };
  return {
    push(bytes, stream) {
      if (stream === "stdout") onOutput?.(bytes, stream);
      else show(filter.push(decoder.decode(bytes, { stream: true })));
      return drained?.(stream);
    },
    end() {
      show(filter.push(decoder.decode()) + filter.end());
    },
  };
}
