import { type ChildProcess, spawn } from "node:child_process";
import { lineSplitter } from "../../../core/text.js";
import type { SandboxExit } from "../../sandboxes.js";
import { decodeWord, type OrderFields, orderLine } from "./lines.js";
import { orderError, startError } from "./start-error.js";
import boot from "./supervisor/boot.pl";
import files from "./supervisor/files.pl";
import limits from "./supervisor/limits.pl";
import metadataRule from "./supervisor/metadata-rule.pl";
import session from "./supervisor/session.pl";
import state from "./supervisor/state.pl";
import supervise from "./supervisor/supervise.pl";
import syscalls from "./supervisor/syscalls.pl";
import terminal from "./supervisor/terminal.pl";

/**
 * The whole supervisor: a Perl program that needs root and takes the arguments STATE RUN FIRST-ID STREAM-DIRECTORY PROCESSES OWNER-UID.
 * Each file is a block of its own, because each declares what it shares with the others.
 */
const PROGRAM = Object.entries({ syscalls, limits, metadataRule, state, boot, files, terminal, session, supervise })
  .map(([name, text]) => `{\n# line 1 "${name}.pl"\n${text}}\n`)
  .join("");

/** What the supervisor of a run is started with. */
export interface SupervisorOptions {
  readonly state: string;
  readonly run: string;
  /** First of the 65536 ids that root and the users of sandboxes have on the host. */
  readonly firstId: number;
  /** Directory of this process's own, for the named pipes of commands. */
  readonly streams: string;
  /** Most processes and threads of all sandboxes together. */
  readonly processes: number;
  /** What makes a command run as root: empty for root, else `sudo -n`. */
  readonly asRoot: readonly string[];
  onDown(id: string, how: SandboxExit): void;
}

/** Called while one command runs. */
export interface SessionListener {
  onStreams(): void;
  onExit(code: number | undefined, signal: string | undefined): void;
  onFailed(why: string): void;
  onEnded(): void;
}

/** The root process that keeps the sandboxes of a run, while it runs. */
export interface Supervisor {
  /** Sends an order and returns the words of its response. */
  request(verb: string, fields: OrderFields): Promise<string[]>;
  /** Starts a command; `token` names it in later calls of `send`. */
  startSession(token: string, fields: OrderFields, listener: SessionListener): void;
  send(token: string, order: string): void;
  /** Ends all sandboxes and waits until the supervisor has cleaned up. */
  close(): Promise<void>;
}

/** Starts the root process that runs the sandboxes. They end with this process. Throws `local-machines` when it cannot start. */
export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const { state, run, firstId, streams, processes, asRoot } = options;
  const [command = "perl", ...rest] = [...asRoot, "perl", "-e", PROGRAM, state, run, String(firstId), streams];
  const owner = String(process.getuid?.() ?? 0);
  const child = spawn(command, [...rest, String(processes), owner], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" },
    detached: true,
    cwd: "/",
  });
  const errors = collectErrors(child);
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  const waiting = new Map<string, { resolve(words: string[]): void; reject(error: Error): void }>();
  const sessions = new Map<string, SessionListener>();
  const started = new Promise<void>((resolve, reject) => {
    waiting.set("start", { resolve: () => resolve(), reject });
    child.once("error", (error) => reject(startError(error.message)));
  });

  const onLine = (line: string) => {
    const [verb = "", token = "", ...words] = line.split(" ").map(decodeWord);
    if (verb === "ready") waiting.get("start")?.resolve([]);
    else if (verb === "down")
      options.onDown(token, words[0] === "reboot" || words[0] === "poweroff" ? words[0] : "crash");
    else if (verb === "streams") sessions.get(token)?.onStreams();
    else if (verb === "exit")
      sessions
        .get(token)
        ?.onExit(words[0] === "-" ? undefined : Number(words[0]), words[1] === "-" ? undefined : words[1]);
    else if (verb === "ended") {
      sessions.get(token)?.onEnded();
      sessions.delete(token);
    } else if (verb === "failed" && sessions.has(token)) sessions.get(token)?.onFailed(words[0] ?? "");
    else {
      const pending = waiting.get(token);
      waiting.delete(token);
      if (verb === "done") pending?.resolve(words);
      else pending?.reject(token === "start" ? startError(words[0] ?? "") : orderError(words[0] ?? "unknown reason"));
    }
  };
  const lines = lineSplitter(onLine, 1 << 20);
  child.stdout.setEncoding("utf8").on("data", (text: string) => lines.push(text));
  child.stdin.on("error", () => undefined);
  let over = false;
  void ended.then(() => {
    over = true;
    const why = new Error(`The supervisor of the local instances exited: ${errors() || "no error message"}`);
    for (const pending of waiting.values()) pending.reject(startError(errors() || why.message));
    for (const listener of sessions.values()) listener.onEnded();
  });
  await started;
  waiting.delete("start");

  let next = 0;
  return {
    request: (verb, fields) =>
      new Promise((resolve, reject) => {
        if (over) throw startError(errors() || "the supervisor of the local instances has exited");
        next += 1;
        waiting.set(`a${next}`, { resolve, reject });
        child.stdin.write(orderLine(verb, `a${next}`, fields));
      }),
    startSession(token, fields, listener) {
      sessions.set(token, listener);
      child.stdin.write(orderLine("session", token, fields));
    },
    send: (token, order) => void child.stdin.write(orderLine("control", "-", { to: token, order })),
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

function collectErrors(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (piece: string) => {
    text = (text + piece).slice(-4000);
  });
  return () => text.trim();
}
