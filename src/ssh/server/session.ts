import { Readable } from "node:stream";
import type { ServerChannel, Session } from "ssh2";
import { messageOf } from "../../core/errors.js";
import { forcedCommand } from "./authentication.js";
import { channelOutput } from "./channel-output.js";
import type { CommandRequest, Login, LoginHost, RunningCommand, TerminalSize } from "./login-host.js";

/** Variables that sshd accepts by default (AcceptEnv of Debian, Ubuntu and Amazon Linux). */
const ACCEPTED_ENVIRONMENT = /^(?:LANG|LC_\w+)$/;

interface SessionContext {
  readonly host: LoginHost;
  readonly login: Login;
  /** SSH_CLIENT and SSH_CONNECTION, as sshd sets them. */
  readonly environment: readonly string[];
}

/**
 * Serves one session channel (RFC 4254 section 6): environment, terminal, then one command, shell or subsystem. Returns a function to call
 * when the connection is lost: it ends the command.
 */
export function serveSession(session: Session, context: SessionContext): () => void {
  const environment = [...context.environment];
  let terminal: (TerminalSize & { term: string }) | undefined;
  let running: RunningCommand | undefined;
  let isGone = false;
  let hangUp = (): void => undefined;
  const leave = () => {
    isGone = true;
    hangUp();
  };
  session.once("close", leave);

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
        hangUp = connect(channel, started);
        if (isGone) hangUp();
      },
      (error: unknown) => refuse(channel, messageOf(error)),
    );
  };
  session.on("exec", (accept, _reject, info) => start(accept(), "exec", info.command));
  session.on("shell", (accept) => start(accept(), "shell", ""));
  session.on("subsystem", (accept, reject, info) => {
    if (info.name === "sftp") start(accept(), "sftp", "");
    else reject();
  });
  return leave;
}

/** Ends a channel whose command could not be started. */
function refuse(channel: ServerChannel, message: string): void {
  channel.resume();
  void channelOutput(channel)
    .send(Readable.from([Buffer.from(`${message}\r\n`)]), "stderr")
    .then(() => {
      channel.exit(255);
      channel.end();
    });
}

/**
 * Connects a channel to a command: data with back-pressure in both directions, then the exit status and closing. These follow the last
 * byte of both streams, as clients stop reading when they arrive. Returns a function that ends the command of a client that is gone.
 */
function connect(channel: ServerChannel, command: RunningCommand): () => void {
  const output = channelOutput(channel);
  let running = true;
  const hangUp = () => {
    if (running) command.signal("HUP");
    running = false;
    for (const stream of [command.stdin, command.stdout, command.stderr]) stream.destroy();
    channel.resume();
  };
  // Input that the command does not read is discarded: ssh2 reports the client's close after the channel's last byte.
  command.stdin.on("error", () => undefined);
  command.stdin.once("close", () => channel.resume());
  channel.pipe(command.stdin);
  channel.once("close", hangUp);
  const ended = command.ended.then((end) => {
    running = false;
    return end;
  });
  void Promise.all([ended, output.send(command.stdout, "stdout"), output.send(command.stderr, "stderr")]).then(
    ([end]) => {
      if ("code" in end) channel.exit(end.code);
      else channel.exit(end.signal, false, "");
      channel.end();
    },
  );
  return hangUp;
}
