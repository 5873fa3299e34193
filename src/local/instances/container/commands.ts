import type { CommandEnd, CommandRequest, Login, LoginHost, RunningCommand } from "../../../ssh/server/login-host.js";
import files from "../namespace/supervisor/files.pl";
import type { SentKeys } from "../sent-keys.js";
import type { Docker } from "./docker.js";

/** Prints a login's passwd line, its group ids and its authorized_keys. */
const LOOK_UP = `entry=$(grep "^$1:" /etc/passwd) || exit 3
echo "$entry"; id -G "$1" | tr ' ' ,; home=$(echo "$entry" | cut -d: -f6)
cat "$home/.ssh/authorized_keys" 2>/dev/null || :`;

/** A tmpfs of the container's, where everybody may put the ids of session leaders. */
export const SESSIONS = "/run/bake-ami";

/** Puts the command's first process, which leads the session that the engine starts it in, on record for signals to find it. */
const RECORDED = `echo $$ >"${SESSIONS}/$0"; [ -d "$HOME" ] && cd "$HOME"; exec "$@"`;

/** OpenSSH's own server where the container has it, else the same protocol by the container's Perl. */
const SFTP = `for server in /usr/lib/openssh/sftp-server /usr/libexec/openssh/sftp-server /usr/lib/ssh/sftp-server; do
  [ -x $server ] && exec $server
done
exec perl -e "$0"`;

const SFTP_PROGRAM = `${files}\nserve_files();\n`;

/** Logins and commands of one container. A command's terminal is made by script(1) inside; its size is set at the start. */
export function containerLogins(docker: Docker, container: string, sent: SentKeys): LoginHost {
  let count = 0;
  return {
    async findLogin(user, key) {
      const found = await docker.run(["exec", container, "sh", "-c", LOOK_UP, "sh", user]).catch(() => "");
      return (
        parseLogin(user, key, found) ??
        (sent.accepts(user, key) ? parseLogin(user, key, `${found}\n${key}`) : undefined)
      );
    },
    async run(request) {
      count += 1;
      return startCommand(docker, container, `${process.pid}-${count}`, request);
    },
  };
}

function parseLogin(user: string, key: string, found: string): Login | undefined {
  const [entry = "", groups = "", ...keys] = found.split("\n");
  const [, , uid = "", gid = "", , home = "", shell = ""] = entry.split(":");
  const keyLine = keys.find((line) => !/^\s*#/.test(line) && ` ${line} `.includes(` ${key} `));
  if (uid === "" || keyLine === undefined) return undefined;
  return { user, uid: Number(uid), gid: Number(gid), groups, home, shell: shell || "/bin/sh", keyLine };
}

function startCommand(docker: Docker, container: string, token: string, request: CommandRequest): RunningCommand {
  const { login } = request;
  const path =
    login.uid === 0 ? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" : "/usr/local/bin:/usr/bin:/bin";
  const environment = [
    `PATH=${path}`,
    `HOME=${login.home}`,
    `USER=${login.user}`,
    `LOGNAME=${login.user}`,
    `SHELL=${login.shell}`,
    ...(request.terminal ? [`TERM=${request.terminal.term}`] : []),
    ...request.environment,
  ];
  const child = docker.start([
    "exec",
    "-i",
    "-u",
    login.user,
    ...environment.flatMap((variable) => ["-e", variable]),
    container,
    ...["sh", "-c", RECORDED, token],
    ...commandWords(request),
  ]);
  const signal = (name: string) => {
    const kill = `kill -s "$1" -- -"$(cat ${SESSIONS}/${token})"`;
    docker.run(["exec", container, "sh", "-c", kill, "sh", name]).catch(() => undefined);
  };
  const ended = new Promise<CommandEnd>((resolve) => {
    child.once("error", () => resolve({ code: 255 }));
    child.once("exit", (code) => resolve(code === null ? { signal: "KILL" } : { code }));
  });
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, ended, signal, resize: () => undefined };
}

function commandWords(request: CommandRequest): string[] {
  const { shell } = request.login;
  if (request.kind === "sftp") return ["sh", "-c", SFTP, SFTP_PROGRAM];
  if (!request.terminal) return request.kind === "shell" ? [shell, "-l"] : [shell, "-c", request.command];
  const { columns, rows } = request.terminal;
  const size = columns > 0 && rows > 0 ? `stty cols ${columns} rows ${rows} 2>/dev/null; ` : "";
  const inner = `${size}exec "$SHELL" ${request.kind === "shell" ? "-l" : '-c "$BAKE_AMI_COMMAND"'}`;
  return ["env", `BAKE_AMI_COMMAND=${request.command}`, "script", "-qec", inner, "/dev/null"];
}
