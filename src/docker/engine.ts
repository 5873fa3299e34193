import { BODY_LIMIT } from "../core/bounded-body.js";
import { abortReason } from "../core/clock.js";
import type { OutputStream } from "../core/communicator.js";
import { BakeError } from "../core/errors.js";
import type { Narrator } from "../core/events.js";
import { commandLines, outputTail, passOutput } from "../core/output.js";
import { type Client, type ClientEnd, startClient } from "./client.js";
import { clientNotStarted, engineError } from "./errors.js";

/** A container engine, used through its command line client, which handles contexts, credential helpers and remote engines. */
export interface ContainerEngine {
  /** `docker`, `podman`, or a path (`docker_path`). */
  readonly program: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Options of one command of the client. */
export interface CommandOptions {
  /** What the command does, for messages: `pulling alpine`. */
  readonly action: string;
  readonly signal?: AbortSignal | undefined;
  readonly stdin?: AsyncIterable<Uint8Array> | Uint8Array | undefined;
  /** Called with output as it arrives. */
  readonly onOutput?: ((chunk: Uint8Array, stream: OutputStream) => void) | undefined;
  /** Called after `onOutput`. No more of the stream is read until the returned promise resolves. */
  readonly drained?: ((stream: OutputStream) => Promise<void> | undefined) | undefined;
}

/** Default client. */
export const DEFAULT_CLIENT = "docker";

/** How a command ended, and the end of its standard error. */
export interface FinishedCommand {
  readonly end: ClientEnd;
  readonly stderr: string;
}

/**
 * Runs `docker ARGS`; does not reject when the command fails. Rejects with the abort reason once the client has ended, with the error
 * of `stdin`, or with a `BakeError` (`docker-missing`) when the program does not exist.
 */
export async function runCommand(
  engine: ContainerEngine,
  args: readonly string[],
  options: CommandOptions,
): Promise<FinishedCommand> {
  const { onOutput } = options;
  const stderr = outputTail();
  return withClient(engine, args, options, async (client) => {
    const passed = {
      drained: options.drained,
      onOutput(chunk: Uint8Array, stream: OutputStream) {
        if (stream === "stderr") stderr.push(chunk);
        onOutput?.(chunk, stream);
      },
    };
    const output = [passOutput(client.stdout, "stdout", passed), passOutput(client.stderr, "stderr", passed)];
    const [end] = await Promise.all([client.ended, client.writeInput(options.stdin), ...output]);
    return { end, stderr: stderr.text() };
  });
}

/** Runs a command that must succeed; returns its trimmed standard output. Throws a `BakeError`. */
export async function commandOutput(
  engine: ContainerEngine,
  args: readonly string[],
  options: CommandOptions,
): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  await mustSucceed(engine, args, {
    ...options,
    onOutput(chunk, stream) {
      if (stream === "stdout") {
        size += chunk.length;
        if (size <= BODY_LIMIT) pieces.push(chunk);
      }
      options.onOutput?.(chunk, stream);
    },
  });
  if (size > BODY_LIMIT) {
    throw new BakeError(`Could not ${options.action}: the engine printed more than ${BODY_LIMIT / 1_000_000} MB`, {
      code: "response-too-large",
    });
  }
  return Buffer.concat(pieces).toString("utf8").trim();
}

/** Runs a command that must succeed. Throws a `BakeError` with the engine's error. */
export async function mustSucceed(
  engine: ContainerEngine,
  args: readonly string[],
  options: CommandOptions,
): Promise<void> {
  const { end, stderr } = await runCommand(engine, args, options);
  if (end.status !== "exited" || end.code !== 0) throw engineError(engine, options.action, end, stderr);
}

/**
 * Runs a command that must succeed and passes its standard output to `consume`, which must read all of it. When `consume` fails, the
 * client is terminated and the error of `consume` is thrown, unless the engine's output had ended with a failure. `succeeded`: whether an exit code other than
 * 0 is no failure.
 */
export async function readCommand(
  engine: ContainerEngine,
  args: readonly string[],
  options: Omit<CommandOptions, "onOutput"> & {
    readonly succeeded?: ((code: number, stderr: string) => boolean) | undefined;
  },
  consume: (chunks: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const stderr = outputTail();
  await withClient(engine, args, options, async (client) => {
    client.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    await client.writeInput(options.stdin);
    let complete = false;
    const chunks = untilEnd(client.stdout, () => {
      complete = true;
    });
    const failure = await consume(chunks).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    if (failure) {
      client.kill();
      // A reader that failed leaves its iterator open, and Node reports the end of a process only after the end of its output.
      await chunks.return(undefined);
    }
    const end = await client.ended;
    // The exit code is that of the terminated client. After the end of its output, it can say why the output is not complete.
    if (failure && !complete) throw failure.error;
    if (end.status === "exited" && end.code !== 0 && !options.succeeded?.(end.code, stderr.text())) {
      throw engineError(engine, options.action, end, stderr.text());
    }
    if (failure) throw failure.error;
    if (end.status !== "exited") throw engineError(engine, options.action, end, stderr.text());
  });
}

async function* untilEnd(chunks: AsyncIterable<Buffer>, onEnd: () => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield chunk;
  onEnd();
}

/** Starts a client for `work`; the client has ended when the promise settles, also after an error. */
async function withClient<T>(
  engine: ContainerEngine,
  args: readonly string[],
  { signal }: CommandOptions | Omit<CommandOptions, "onOutput">,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  if (signal?.aborted) throw abortReason(signal);
  const client = await startClient(engine, args).catch((cause: unknown) => {
    throw clientNotStarted(engine, cause);
  });
  const onAbort = () => client.kill();
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    const result = await work(client);
    if (signal?.aborted) throw abortReason(signal);
    return result;
  } catch (error) {
    client.kill();
    await client.ended;
    throw signal?.aborted ? abortReason(signal) : error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

/** Emits the output of a command as `output` events, line by line, without empty lines; `end` emits the unfinished lines. */
export function clientOutput(narrator: Narrator): {
  push(chunk: Uint8Array, stream: OutputStream): void;
  end(): void;
} {
  return commandLines(narrator.secrets, (text, stream) => {
    if (text !== "") narrator.emit({ type: "output", stream, text });
  });
}
