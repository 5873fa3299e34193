import { throwIfAborted } from "../core/clock.js";
import type { ExecResult, OutputStream } from "../core/communicator.js";
import type { Surroundings } from "../core/surroundings.js";
import { ConnectionLost } from "./http/connection.js";
import { NotConnected, type WinrmLane } from "./lane.js";
import { terminateCommand } from "./shell.js";
import { FAULT, WsmanFault } from "./wire/fault.js";
import {
  commandRequest,
  type ReceivedOutput,
  readCommandId,
  readOutput,
  receiveRequest,
  sendRequest,
} from "./wire/soap.js";

/** A command, and where it runs. */
export interface WinrmCommand {
  readonly lane: WinrmLane;
  readonly shell: string;
  readonly line: string;
  /** Whether cmd.exe runs the line. */
  readonly cmd: boolean;
  readonly signal: AbortSignal;
  readonly surroundings: Pick<Surroundings, "clock" | "ids" | "debug">;
  readonly onOutput: (bytes: Uint8Array, stream: OutputStream) => Promise<void> | undefined;
  readonly input: CommandInput | undefined;
}

export interface CommandInput {
  readonly source: AsyncIterable<Uint8Array>;
  /** Largest piece of a request, in bytes; it becomes smaller when the service refuses a request as too large. */
  readonly size: { bytes: number };
  /** Runs the writing with a connection: that of the command, or another one. */
  readonly withLane: (action: (lane: WinrmLane) => Promise<void>) => Promise<void>;
  /** Whether the input is complete before output is read. Otherwise both happen at the same time, on two connections. */
  readonly waits: boolean;
}

/** How a command ended, and its ID in the shell. */
export interface RanCommand {
  readonly end: ExecResult;
  readonly id: string;
}

/** Milliseconds without a connection after which a running command is given up, and after which a refused port means that WinRM stopped. */
const SILENCE_LIMIT = 120_000;
const REFUSED_LIMIT = 15_000;
const PAUSE = 1000;

/**
 * Runs a command. It is started once: after a lost connection, the command is found again by its ID. Returns `disconnected` if it was started
 * and does not exist any more, or no connection can be made. Rejects with `NotConnected` or `WsmanFault` if it was not started.
 */
export async function runCommand(command: WinrmCommand): Promise<RanCommand> {
  const id = command.surroundings.ids.uuid().toUpperCase();
  const started = await start(command, id);
  if (started.state === "unknown") return { end: { status: "disconnected", reason: started.reason }, id };
  try {
    const feeding = command.input ? feed(command, command.input, started.id) : Promise.resolve();
    if (command.input?.waits) await feeding;
    const [end] = await Promise.all([receive(command, started.id), feeding]);
    return { end, id: started.id };
  } catch (error) {
    await terminateCommand(command.lane, command.shell, started.id);
    // A piece of the input may be lost. The command was started all the same, and its caller must not start it again.
    const cut = error instanceof ConnectionLost || error instanceof NotConnected;
    if (cut && !command.input?.waits) return { end: { status: "disconnected", reason: error.message }, id: started.id };
    throw error;
  }
}

type Started =
  | { readonly state: "started"; readonly id: string }
  | { readonly state: "unknown"; readonly reason: string };

/** Starts the command. If the response is lost, looks for the command by its ID, and starts it again only if it does not exist. */
async function start(command: WinrmCommand, id: string): Promise<Started> {
  const { lane, shell, line, cmd, signal, input, surroundings } = command;
  for (let attempt = 1; ; attempt++) {
    try {
      const body = await lane.request(commandRequest(shell, { id, line, cmd, input: input !== undefined }), {
        signal,
        repeat: false,
      });
      return { state: "started", id: readCommandId(body) ?? id };
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      surroundings.debug(
        () => `WinRM: the response to a command was lost (${error.message}), searching for the command`,
      );
      const found = await search(command, id);
      if (found === "running") return { state: "started", id };
      if (found === "unknown" || attempt === 3) return { state: "unknown", reason: error.message };
    }
  }
}

/**
 * Returns whether a command runs, or is known not to have been started: the shell still exists, does not know its ID, and uses the IDs that
 * the client chooses.
 */
async function search(command: WinrmCommand, id: string): Promise<"running" | "missing" | "unknown"> {
  const { lane, shell, signal, surroundings } = command;
  const { clock } = surroundings;
  // A request that was received completely is carried out although its connection is lost.
  await clock.sleep(PAUSE, signal);
  try {
    const output = readOutput(await lane.request(receiveRequest(shell, id), { signal, repeat: true }));
    await deliver(command, output);
    return "running";
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof WsmanFault)) return "unknown";
    if (error.code === FAULT.operationTimeout) return "running";
  }
  const probe = surroundings.ids.uuid().toUpperCase();
  const request = commandRequest(shell, { id: probe, line: "rem", cmd: true, input: false });
  const used = await lane.request(request, { signal, repeat: false }).then(readCommandId, () => undefined);
  throwIfAborted(signal);
  return used === probe ? "missing" : "unknown";
}

/** Reads the output until the command ends. */
async function receive(command: WinrmCommand, id: string): Promise<ExecResult> {
  const { lane, shell, signal, surroundings } = command;
  const { clock } = surroundings;
  let lostSince: number | undefined;
  for (;;) {
    try {
      const body = await lane.request(receiveRequest(shell, id), { signal, repeat: false });
      lostSince = undefined;
      const output = readOutput(body);
      await deliver(command, output);
      if (output.exitCode !== undefined) return { status: "exited", code: output.exitCode };
    } catch (error) {
      throwIfAborted(signal);
      if (error instanceof WsmanFault) {
        if (error.code === FAULT.operationTimeout) {
          lostSince = undefined;
          continue;
        }
        if (error.code === FAULT.shellNotFound) return { status: "disconnected", reason: GONE };
      } else if (!(error instanceof ConnectionLost || error instanceof NotConnected)) throw error;
      lostSince ??= clock.now();
      const limit = isRefused(error) ? REFUSED_LIMIT : SILENCE_LIMIT;
      if (clock.now() - lostSince >= limit) return { status: "disconnected", reason: error.message };
      surroundings.debug(() => `WinRM: connecting again to a running command: ${error.message}`);
      await clock.sleep(PAUSE, signal);
    }
  }
}

const GONE = "the command no longer exists: the machine or its WinRM service restarted";

async function deliver(command: WinrmCommand, { pieces }: ReceivedOutput): Promise<void> {
  for (const { bytes, stream } of pieces) await command.onOutput(bytes, stream);
}

function isRefused(error: unknown): boolean {
  const cause = error instanceof NotConnected ? error.cause : undefined;
  return typeof cause === "object" && cause !== null && "code" in cause && cause.code === "ECONNREFUSED";
}

/** Writes the standard input. A command that ended does not read the rest. */
async function feed(command: WinrmCommand, input: CommandInput, id: string): Promise<void> {
  const { signal, shell } = command;
  await input.withLane(async (lane) => {
    /** Sends the first bytes, and returns the rest. */
    const send = async (data: Buffer, last: boolean): Promise<Buffer> => {
      for (;;) {
        const piece = data.subarray(0, input.size.bytes);
        const rest = data.subarray(piece.length);
        try {
          const request = sendRequest(shell, id, piece, last && rest.length === 0);
          await lane.request(request, { signal, repeat: false });
          return rest;
        } catch (error) {
          // Of a busy machine: the service has the input, and passes it on.
          if (error instanceof WsmanFault && error.code === FAULT.operationTimeout) return rest;
          const tooLarge = error instanceof WsmanFault && error.code === FAULT.requestTooLarge;
          if (!tooLarge || input.size.bytes <= SMALLEST_PIECE) throw error;
          input.size.bytes = Math.ceil(input.size.bytes / 2);
        }
      }
    };
    try {
      let waiting = Buffer.alloc(0);
      for await (const chunk of input.waits ? readAhead(input.source) : input.source) {
        waiting = Buffer.concat([waiting, chunk]);
        while (waiting.length > input.size.bytes || (!input.waits && waiting.length > 0)) {
          waiting = Buffer.from(await send(waiting, false));
        }
      }
      do waiting = Buffer.from(await send(waiting, true));
      while (waiting.length > 0);
    } catch (error) {
      throwIfAborted(signal);
      // The end of the command, which is read next, shows what happened.
      if (!(error instanceof WsmanFault)) throw error;
      command.surroundings.debug(() => `WinRM: the standard input was not read completely: ${error.message}`);
    }
  });
}

/** Yields the same chunks. The next one is made while the last one is sent. */
async function* readAhead(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    let next = iterator.next();
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      next = iterator.next();
      next.catch(() => undefined);
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}

const SMALLEST_PIECE = 1024;
