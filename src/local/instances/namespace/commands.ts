import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import type { CommandEnd, CommandRequest, Login, LoginHost, RunningCommand } from "../../../ssh/server/login-host.js";
import type { SentKeys } from "../sent-keys.js";
import { decodeWord } from "./lines.js";
import type { Supervisor } from "./supervisor.js";

/** A sandbox to log in to. */
interface SandboxPlace {
  readonly id: string;
  /** The directory that command pipes are made in. */
  readonly streams: string;
  readonly keys: SentKeys;
}

/** Logins and commands of one sandbox, through the supervisor. */
export function sandboxLogins(supervisor: Supervisor, { id, streams, keys }: SandboxPlace): LoginHost {
  let count = 0;
  return {
    async findLogin(user, key) {
      const [response = "none"] = await supervisor.request("login", { id, user, key });
      return parseLogin(user, response, keys.accepts(user, key) ? key : "");
    },
    run(request) {
      count += 1;
      return startCommand(supervisor, { id, token: `${id}-${count}`, streams }, request);
    },
  };
}

/** `sent`: the line of the key if it was sent, else empty. */
function parseLogin(user: string, response: string, sent: string): Login | undefined {
  if (response === "none") return undefined;
  const [uid = "", gid = "", groups = "", home = "", shell = "", found = ""] = response.split(" ").map(decodeWord);
  const keyLine = found || sent;
  if (keyLine === "") return undefined;
  return { user, uid: Number(uid), gid: Number(gid), groups, home, shell, keyLine };
}

/** What the supervisor knows a command by: its sandbox, its token, and the directory of its pipes. */
interface CommandName {
  readonly id: string;
  readonly token: string;
  readonly streams: string;
}

function startCommand(supervisor: Supervisor, name: CommandName, request: CommandRequest): Promise<RunningCommand> {
  const { id, token, streams } = name;
  return new Promise((resolve, reject) => {
    let finish: (end: CommandEnd) => void = () => undefined;
    const ended = new Promise<CommandEnd>((settle) => {
      finish = settle;
    });
    supervisor.startSession(token, sessionFields(id, request), {
      onStreams() {
        try {
          const standard = openStreams(join(streams, token));
          supervisor.send(token, "go");
          resolve({
            ...standard,
            ended,
            signal: (name) => supervisor.send(token, `signal ${name}`),
            resize: ({ columns, rows }) => supervisor.send(token, `size ${columns} ${rows}`),
          });
        } catch (error) {
          supervisor.send(token, "stop");
          reject(error);
        }
      },
      onExit: (code, signal) => finish(signal === undefined ? { code: code ?? 255 } : { signal }),
      onFailed: (why) => {
        reject(new Error(why));
        finish({ code: 255 });
      },
      onEnded: () => {
        reject(new Error("the instance stopped"));
        finish({ signal: "KILL" });
      },
    });
  });
}

function sessionFields(id: string, request: CommandRequest) {
  const { login, terminal } = request;
  return {
    id,
    kind: request.kind,
    uid: login.uid,
    gid: login.gid,
    groups: login.groups,
    home: login.home,
    shell: login.shell,
    user: login.user,
    command: request.command,
    term: terminal?.term ?? "",
    columns: terminal?.columns ?? 0,
    rows: terminal?.rows ?? 0,
    env: request.environment,
  };
}

/** Opens this side of a command's named pipes; the supervisor holds both sides, so that no open waits. */
function openStreams(path: string): Pick<RunningCommand, "stdin" | "stdout" | "stderr"> {
  const opened: number[] = [];
  const open = (stream: number, flags: number) => {
    const fd = openSync(`${path}.${stream}`, flags | constants.O_NONBLOCK);
    opened.push(fd);
    return fd;
  };
  try {
    const [input, output, errors] = [
      open(0, constants.O_WRONLY),
      open(1, constants.O_RDONLY),
      open(2, constants.O_RDONLY),
    ];
    return {
      stdin: new Socket({ fd: input, readable: false, writable: true }),
      stdout: new Socket({ fd: output, readable: true, writable: false }),
      stderr: new Socket({ fd: errors, readable: true, writable: false }),
    };
  } catch (error) {
    for (const fd of opened) closeSync(fd);
    throw error;
  }
}
