import type { ExecResult, OutputStream } from "../core/communicator.js";
import type { Surroundings } from "../core/surroundings.js";
import { type CommandInput, type RanCommand, runCommand } from "./command.js";
import { winrmError } from "./error.js";
import type { WinrmLane, WinrmLanes } from "./lane.js";
import { closeShell, isQuota, openShell, terminateCommand } from "./shell.js";
import { FAULT, WsmanFault } from "./wire/fault.js";

/** A command of the user, or one of a transfer. */
export interface WinrmRun {
  readonly line: string;
  /** Whether cmd.exe runs the line. */
  readonly cmd: boolean;
  /**
   * Whether the command can change the environment of later ones. Its shell is closed then: a shell keeps the environment of its start, and
   * the next command would not see a changed PATH.
   */
  readonly changes: boolean;
  readonly signal: AbortSignal;
  readonly onOutput: (bytes: Uint8Array, stream: OutputStream) => Promise<void> | undefined;
  readonly input: RunInput | undefined;
}

/** Standard input of a run. With `waits` it is written before output is read. */
export interface RunInput {
  readonly source: AsyncIterable<Uint8Array>;
  readonly waits: boolean;
}

/** Runs commands in shells over the connections of a communicator. */
export interface WinrmClient {
  /** Rejects with a `BakeError`, or the abort reason. */
  run(run: WinrmRun): Promise<ExecResult>;
  /** Closes the shells and connections. Never rejects. */
  close(): Promise<void>;
}

/** Bytes of the standard input in one request: 444 KB in base64, below the limit of 500 KB for an envelope. */
const PIECE = 333_000;

/** An open shell, and the ID of the last command in it: what the service holds for it is released before the next command. */
interface FreshShell {
  readonly shell: string;
  readonly ended: string;
}

export interface ClientOptions {
  readonly lanes: WinrmLanes;
  readonly surroundings: Pick<Surroundings, "clock" | "ids" | "debug">;
  /** Returns user, address and port for messages. */
  readonly place: () => string;
}

export function winrmClient({ lanes, surroundings, place }: ClientOptions): WinrmClient {
  /** Shells that are open, and in which no command of the user ran since. */
  const fresh: FreshShell[] = [];
  const size = { bytes: PIECE };

  const take = async (lane: WinrmLane, signal: AbortSignal): Promise<string> => {
    const known = fresh.pop();
    if (!known) return openShell(lane, { signal, surroundings });
    await terminateCommand(lane, known.shell, known.ended);
    return known.shell;
  };

  const runIn = (lane: WinrmLane, shell: string, { input, ...run }: WinrmRun): Promise<RanCommand> => {
    const given: CommandInput | undefined = input && {
      ...input,
      size,
      withLane: (action) => (input.waits ? action(lane) : lanes.use(action)),
    };
    return runCommand({ ...run, lane, shell, surroundings, input: given });
  };

  /** Runs the command. A shell that the service closed meanwhile, or whose quota is exhausted, is replaced: nothing was started in it. */
  const attempt = async (lane: WinrmLane, run: WinrmRun): Promise<ExecResult> => {
    for (let attempts = 1; ; attempts++) {
      const shell = await take(lane, run.signal);
      let ended: string | undefined;
      try {
        const { end, id } = await runIn(lane, shell, run);
        if (!run.changes && end.status === "exited") ended = id;
        return end;
      } catch (error) {
        const refused = error instanceof WsmanFault && (error.code === FAULT.shellNotFound || isQuota(error));
        if (!refused || attempts > 2) throw error;
      } finally {
        if (ended !== undefined) fresh.push({ shell, ended });
        else await closeShell(lane, shell, { surroundings });
        if (run.changes) await closeFresh(lane);
      }
    }
  };

  const closeFresh = async (lane: WinrmLane): Promise<void> => {
    for (const { shell } of fresh.splice(0)) await closeShell(lane, shell, { surroundings });
  };

  return {
    run: (run) =>
      lanes
        .use((lane) => attempt(lane, run))
        .catch((error: unknown) => {
          throw winrmError(error, place());
        }),
    async close() {
      if (fresh.length > 0 && lanes.connected()) await lanes.use(closeFresh);
      lanes.close();
    },
  };
}
