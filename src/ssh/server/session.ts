import type { ServerChannel, Session } from "ssh2";
import { messageOf } from "../../core/errors.js";
import { forcedCommand } from "./authentication.js";
import type { CommandRequest, Login, LoginHost, RunningCommand, TerminalSize } from "./login-host.js";

/** Variables that sshd accepts by default (AcceptEnv of Debian, Ubuntu and Amazon Linux). */
const ACCEPTED_ENVIRONMENT = /^(?:LANG|LC_\w+)$/;

interface SessionContext {
  readonly host: LoginHost;
  readonly login: Login;
  /** SSH_CLIENT and SSH_CONNECTION, as sshd sets them. */
  readonly environment: readonly string[];
}

/** Serves one session channel (RFC 4254 section 6): environment, terminal, then one command, shell or subsystem. */
export function serveSession(session: Session, context: SessionContext): void {
  const environment = [...context.environment];
  let terminal: (TerminalSize & { term: string }) | undefined;
  let running: RunningCommand | undefined;

  session.on("env", (accept, reject, info) => {
    const variable = info as unknown as { key: string; val: string };
    if (!ACCEPTED_ENVIRONMENT.test(variable.key)) return reject?.();
    environment.push(`${variable.key}=${variable.val}`);
    accept?.();
  });
  session.on("pty", (accept, _reject, info) => {
    const { term } = info as unknown as { term: string };
    terminal = { columns: info.cols, rows: info.rows, term: term || "dumb" };
    accept?.();
  });
  session.on("window-change", (accept, _reject, info) => {
    running?.resize({ columns: info.cols, rows: info.rows });
    accept?.();
  });
  session.on("signal", (accept, _reject, info) => {
    running?.signal(info.name.replace(/^SIG/, ""));
    accept?.();
  });

  const start = (channel: ServerChannel, kind: CommandRequest["kind"], command: string) => {
    const forced = forcedCommand(context.login.keyLine);
    const request: CommandRequest = {
      login: context.login,
      kind: forced === undefined ? kind : "exec",
      command: forced ?? command,
      environment: forced === undefined ? environment : [...environment, `SSH_ORIGINAL_COMMAND=${command}`],
      terminal,
    };
    context.host.run(request).then(
      (started) => {
        running = started;
        connect(channel, started);
      },
      (error: unknown) => {
        channel.stderr.write(`${messageOf(error)}\r\n`);
        channel.exit(255);
        channel.end();
      },
    );
  };
  session.on("exec", (accept, _reject, info) => start(accept(), "exec", info.command));
  session.on("shell", (accept) => start(accept(), "shell", ""));
  session.on("subsystem", (accept, reject, info) => {
    if (info.name === "sftp") start(accept(), "sftp", "");
    else reject();
  });
}

/** Connects a channel to a command: data with back-pressure in both directions, exit status, and closing. */
function connect(channel: ServerChannel, command: RunningCommand): void {
  let open = true;
  channel.on("error", () => undefined);
  command.stdin.on("error", () => channel.resume());
  channel.pipe(command.stdin);
  command.stdout.pipe(channel, { end: false });
  command.stderr.pipe(channel.stderr, { end: false });

  let left = 3;
  const oneDone = () => {
    left -= 1;
    if (left > 0 || !open) return;
    channel.end();
    channel.close();
  };
  for (const stream of [command.stdout, command.stderr]) {
    stream.once("error", () => stream.destroy());
    stream.once("close", oneDone);
  }
  let running = true;
  void command.ended.then((end) => {
    running = false;
    if (open) {
      if ("code" in end) channel.exit(end.code);
      else channel.exit(end.signal, false, "");
    }
    oneDone();
  });
  channel.once("close", () => {
    open = false;
    if (running) command.signal("HUP");
    for (const stream of [command.stdin, command.stdout, command.stderr]) stream.destroy();
  });
}
