import { shellQuote } from "../../../core/text.js";

/** Where the timer's process id stands on the instance: on a file system that is not part of the image. */
const PID_FILE = "/run/bake-ami-dead-man.pid";

/** Starts a timer that powers the machine off; no systemd is needed. */
function timer(minutes: number): string {
  const countdown = `sleep ${Math.round(minutes * 60)}; shutdown -P now || poweroff -f`;
  return `nohup sh -c ${shellQuote(countdown)} >/dev/null 2>&1 & echo $! > ${PID_FILE}`;
}

/** Command for the login user that ends the timer, before the machine becomes an image. */
export const CANCEL_DEAD_MAN =
  `[ ! -e ${PID_FILE} ] || { SUDO=; [ "$(id -u)" = 0 ] || SUDO=sudo; ` +
  `$SUDO sh -c 'kill $(cat ${PID_FILE}); rm -f ${PID_FILE}'; }`;

/**
 * User data with the dead-man timer in front: the instance, launched with shutdown behaviour `terminate`, ends itself when the
 * runner is lost. A script of the user's runs after it; anything else (cloud-config) goes beside it in a MIME archive, which
 * cloud-init reads.
 */
export function withDeadMan(given: Buffer, minutes: number): Buffer {
  const text = given.toString("utf8");
  if (text === "") return Buffer.from(`#!/bin/sh\n${timer(minutes)}\n`);
  if (text.startsWith("#!")) return Buffer.from(scriptAfterTimer(given, minutes));
  return Buffer.from(archive(text, minutes));
}

function scriptAfterTimer(script: Buffer, minutes: number): string {
  return [
    "#!/bin/sh",
    timer(minutes),
    "script=$(mktemp)",
    `echo ${script.toString("base64")} | base64 -d > "$script"`,
    'chmod 700 "$script"',
    '"$script"; code=$?',
    'rm -f "$script"',
    "exit $code",
    "",
  ].join("\n");
}

function archive(text: string, minutes: number): string {
  const boundary = "==bake-ami-user-data==";
  const part = (type: string, body: string) =>
    `--${boundary}\nContent-Type: ${type}; charset="utf-8"\nMIME-Version: 1.0\n\n${body}\n`;
  const type = text.startsWith("#cloud-config") ? "text/cloud-config" : "text/plain";
  return (
    `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\n\n` +
    part("text/x-shellscript", `#!/bin/sh\n${timer(minutes)}`) +
    part(type, text) +
    `--${boundary}--\n`
  );
}
