import { spawn } from "node:child_process";
import { createServer, type Socket } from "node:net";
import relayScript from "./port-relay.pl";

/** What a relay listens on, and where its connections go. */
export interface RelayOptions {
  readonly address: string;
  readonly port: number;
  /** Path of a Unix socket to make; its directory must be this process's own. */
  readonly socketPath: string;
  /** What makes a command run as root, e.g. `sudo -n`. */
  readonly asRoot: readonly string[];
  /**
   * The other address of the /31 network of `address`: set to give the relay a network of its own, for hosts where another server
   * listens on the port of every address.
   */
  readonly neighbour: string | undefined;
  onConnection(socket: Socket): void;
}

/** A relay while it runs. */
export interface PortRelay {
  close(): Promise<void>;
}

/** Listens on a port that only root may use. Rejects with an error of code `EADDRINUSE` when it is in use. */
export async function openPortRelay(options: RelayOptions): Promise<PortRelay> {
  const server = createServer({ allowHalfOpen: false }, options.onConnection);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.socketPath, resolve);
  });
  const ids = [process.getuid?.() ?? 0, process.getgid?.() ?? 0].map(String);
  const words = [
    ...options.asRoot,
    "perl",
    "-e",
    relayScript,
    options.address,
    String(options.port),
    options.socketPath,
    ...ids,
    options.neighbour ?? "-",
  ];
  const [command = "perl", ...rest] = words;
  const child = spawn(command, rest, { stdio: ["pipe", "pipe", "pipe"], detached: true });
  child.stdin.on("error", () => undefined);
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
  });
  const close = async () => {
    child.stdin.end();
    await Promise.all([ended, new Promise((resolve) => server.close(resolve))]);
  };
  try {
    await firstWord(child.stdout, child.stderr, ended, options.address);
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

function firstWord(
  stdout: NodeJS.ReadableStream,
  stderr: NodeJS.ReadableStream,
  ended: Promise<void>,
  address: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let [output, errors] = ["", ""];
    stderr.on("data", (data: Buffer) => {
      errors += data.toString();
    });
    stdout.on("data", (data: Buffer) => {
      output += data.toString();
      if (output === "ready\n") resolve();
    });
    void ended.then(() => {
      const error = new Error(
        `Could not listen on ${address} port 22: ${errors.trim() || output.trim() || "no error message"}`,
      );
      reject(output === "in use\n" ? Object.assign(error, { code: "EADDRINUSE" }) : error);
    });
  });
}
