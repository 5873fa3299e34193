import { abortReason } from "../core/clock.js";
import type { OutputStream } from "../core/communicator.js";
import type { Narrator } from "../core/events.js";
import { commandLines, outputTail } from "../core/output.js";
import { type Client, type ClientEnd, startClient } from "./client.js";
import { clientNotStarted, engineError } from "./errors.js";

/** A container engine as its command line reaches it: contexts, credential helpers and remote engines are the client's own. */
export interface ContainerEngine {
  /** `docker`, `podman`, or a path (`docker_path`). */
  readonly program: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How one command of the client is run. */
export interface CommandOptions {
  /** What the command does, for messages: `pulling alpine`. */
  readonly action: string;
  readonly signal?: AbortSignal | undefined;
  readonly stdin?: AsyncIterable<Uint8Array> | Uint8Array | undefined;
  /** Bytes as they come. */
  readonly onOutput?: ((chunk: Uint8Array, stream: OutputStream) => void) | undefined;
}

/** Name of the client where a template names none. */
export const DEFAULT_CLIENT = "docker";

/** How a command ended, and the end of what the client wrote to standard error. */
export interface FinishedCommand {
  readonly end: ClientEnd;
  readonly stderr: string;
}

/**
 * Runs `docker ARGS` to its end, whatever that is. Rejects with the abort reason once the client is gone, with the error of
 * `stdin`, or with a `BakeError` (`docker-missing`) when there is no such program.
 */
export async function runCommand(
  engine: ContainerEngine,
  args: readonly string[],
  options: CommandOptions,
): Promise<FinishedCommand> {
  const { onOutput } = options;
  const complaints = outputTail();
  return withClient(engine, args, options, async (client) => {
    client.stdout.on("data", (chunk: Buffer) => onOutput?.(chunk, "stdout"));
    client.stderr.on("data", (chunk: Buffer) => {
      complaints.push(chunk);
      onOutput?.(chunk, "stderr");
    });
    const [end] = await Promise.all([client.ended, client.writeInput(options.stdin)]);
    return { end, stderr: complaints.text() };
  });
}

/** Runs a command that must succeed, and returns its standard output without the white space around. Throws a `BakeError`. */
export async function commandOutput(
  engine: ContainerEngine,
  args: readonly string[],
  options: CommandOptions,
): Promise<string> {
  const pieces: Uint8Array[] = [];
  await mustSucceed(engine, args, {
    ...options,
    onOutput(chunk, stream) {
      if (stream === "stdout") pieces.push(chunk);
      options.onOutput?.(chunk, stream);
    },
  });
  return Buffer.concat(pieces).toString("utf8").trim();
}

/** Runs a command that must succeed. Throws a `BakeError` that says what the engine said. */
export async function mustSucceed(
  engine: ContainerEngine,
  args: readonly string[],
  options: CommandOptions,
): Promise<void> {
  const { end, stderr } = await runCommand(engine, args, options);
  if (end.status !== "exited" || end.code !== 0) throw engineError(engine, options.action, end, stderr);
}

/**
 * Runs a command that must succeed and hands its standard output to `take`, which reads it to its end. When `take` fails, the
 * client is ended and its error thrown, unless the engine itself had failed.
 */
export async function readCommand(
  engine: ContainerEngine,
  args: readonly string[],
  options: Omit<CommandOptions, "onOutput">,
  take: (chunks: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const complaints = outputTail();
  await withClient(engine, args, options, async (client) => {
    client.stderr.on("data", (chunk: Buffer) => complaints.push(chunk));
    await client.writeInput(options.stdin);
    const failure = await take(client.stdout).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    if (failure) client.kill();
    const end = await client.ended;
    if (end.status === "exited" && end.code !== 0) throw engineError(engine, options.action, end, complaints.text());
    if (failure) throw failure.error;
    if (end.status !== "exited") throw engineError(engine, options.action, end, complaints.text());
  });
}

/** Starts a client, and makes sure that it has ended when the promise settles, whatever happens in `work`. */
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

/** Turns what a command writes into `output` events, line by line, without the empty ones; `end` emits the unfinished lines. */
export function clientOutput(narrator: Narrator): {
  push(chunk: Uint8Array, stream: OutputStream): void;
  end(): void;
} {
  return commandLines((text, stream) => {
    if (text !== "") narrator.emit({ type: "output", stream, text });
  });
}
