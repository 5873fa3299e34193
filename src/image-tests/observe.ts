import type { ExecResult } from "../core/communicator.js";
import type { EventData } from "../core/events.js";
import type { ProvisionerContext } from "../core/parts.js";

/** Most characters that are held of the standard output of one test. */
const MOST_TEXT = 1_000_000;

/** Last lines that are kept of the output of a test, and their length in characters. */
const KEPT_LINES = 15;
const LONGEST_KEPT = 300;

/** The held beginning of an output. */
export interface HeldOutput {
  readonly text: string;
  readonly isWhole: boolean;
  /** Returns when the text up to a place was there, in milliseconds since the epoch. Called with places in ascending order. */
  timeAt(place: number): number;
}

/** A context for the code of provisioners, and what was seen of the commands that ran in it. */
export interface Observed {
  readonly context: ProvisionerContext;
  /** Returns how the last command with output ended; undefined if none did. */
  end(): ExecResult | undefined;
  /** Returns the standard output of the commands on the machine, redacted: its beginning if it is longer than 1 MB. */
  standardOutput(): HeldOutput;
  /** Returns the last lines of output that are not empty, redacted. */
  lastLines(): readonly string[];
}

/**
 * Returns a context that keeps the output of its commands, within limits. The sentences of the provisioner are not printed, and with `quiet`
 * the output neither.
 */
export function observe(context: ProvisionerContext, { quiet }: { readonly quiet: boolean }): Observed {
  const { narrator, machine } = context;
  const { communicator } = machine;
  const lastLines: string[] = [];
  const output = beginning(context);
  let end: ExecResult | undefined;
  const emit = (data: EventData) => {
    if (data.type !== "output") return narrator.emit(data);
    if (data.text !== "") lastLines.push(data.text.replaceAll("\t", " ").slice(0, LONGEST_KEPT));
    if (lastLines.length > KEPT_LINES) lastLines.shift();
    if (!quiet) narrator.emit(data);
  };
  return {
    context: {
      ...context,
      narrator: { ...narrator, emit, say: () => undefined },
      machine: {
        ...machine,
        communicator: {
          ...communicator,
          async exec(command, options) {
            const { onOutput } = options ?? {};
            // Only commands whose output the provisioner shows.
            if (!onOutput) return communicator.exec(command, options);
            end = await communicator.exec(command, {
              ...options,
              onOutput(chunk, stream) {
                if (stream === "stdout") output.push(chunk);
                onOutput(chunk, stream);
              },
            });
            return end;
          },
        },
      },
    },
    end: () => end,
    standardOutput: output.held,
    lastLines: () => [...lastLines],
  };
}

/** Redacts a stream as it arrives and keeps its beginning. */
function beginning({ narrator, surroundings: { clock } }: ProvisionerContext): {
  push(chunk: Uint8Array): void;
  held: Observed["standardOutput"];
} {
  const decoder = new TextDecoder();
  const arrivals: { length: number; readonly time: number }[] = [];
  let text = "";
  let isWhole = true;
  const redacted = narrator.secrets.stream((piece) => {
    const left = MOST_TEXT - text.length;
    if (piece.length > left) isWhole = false;
    text += piece.slice(0, left);
    const time = clock.now();
    const last = arrivals.at(-1);
    if (last?.time === time) last.length = text.length;
    else arrivals.push({ length: text.length, time });
  });
  return {
    push: (chunk) => {
      if (isWhole) redacted.push(decoder.decode(chunk, { stream: true }));
    },
    held() {
      redacted.push(decoder.decode());
      redacted.end();
      const ended = clock.now();
      let index = 0;
      const timeAt = (place: number) => {
        while ((arrivals[index]?.length ?? place) < place) index++;
        return arrivals[index]?.time ?? ended;
      };
      return { text, isWhole, timeAt };
    },
  };
}
