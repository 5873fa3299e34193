import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { FoundImage } from "../../../aws/image.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import { setting } from "../../../core/setting.js";
import { shellQuote } from "../../../core/text.js";
import { shellCommand } from "../../../ssh/transfer/remote-path.js";
import type { Bake, BakeReading } from "../bake.js";

/** Base64 text with fewer characters was probably meant as text. */
const SHORT = 64;

/**
 * Returns the user data of the launch in base64; undefined when there is none. Text that is already base64 is sent unchanged, as Packer
 * does, with a warning when it is short. With `dead-man`, a timer is added that powers the instance off.
 */
export async function encodeUserData(bake: BakeReading, source: FoundImage): Promise<string | undefined> {
  const { options, context } = bake;
  const given = options.user_data_file
    ? await readUserData(bake, options.user_data_file)
    : Buffer.from(options.user_data ?? "");
  const text = given.toString("latin1");
  const minutes = deadManMinutes(bake, source);
  if (context.settings.deadManMinutes !== minutes) {
    context.narrator.warn({
      code: "dead-man-not-on-windows",
      summary: `${setting("max-instance-minutes")} has no effect, because the source AMI is a Windows image`,
      hint: "Sysprep shuts Windows down, and an instance with the timer terminates when it is shut down. Run the sweep on a schedule instead.",
    });
  }
  if (minutes !== undefined)
    return withDeadMan(isBase64(text) ? Buffer.from(text, "base64") : given, minutes).toString("base64");
  if (text === "") return undefined;
  if (!isBase64(text)) return given.toString("base64");
  if (text.length < SHORT) {
    context.narrator.warn({
      code: "user-data-is-base64",
      summary: `The user data "${text}" is valid base64 and is sent unchanged, not as text`,
      hint: "Add a newline at the end to send it as text.",
    });
  }
  return text;
}

/**
 * Returns the minutes of the dead-man timer; undefined where there is none. Windows has none: such an instance terminates when it is shut
 * down, and a build of Windows may end with sysprep, which shuts it down before the image is created.
 */
export function deadManMinutes(
  { context }: { readonly context: Pick<Bake["context"], "settings"> },
  { isWindows }: Pick<FoundImage, "isWindows">,
): number | undefined {
  return isWindows ? undefined : context.settings.deadManMinutes;
}

/** Returns whether user data (base64) enables Basic authentication of WinRM, as `winrm set` and `Set-Item WSMan:` do. */
export function enablesBasic(userData: string | undefined): boolean {
  const text = Buffer.from(userData ?? "", "base64").toString("utf8");
  return /\bBasic["']?\s*(?:=|-Value)\s*["']?\$?true\b/i.test(text);
}

/** As Go's standard decoder defines it: groups of four with padding; line breaks are ignored. */
function isBase64(text: string): boolean {
  const packed = text.replace(/[\r\n]/g, "");
  return packed !== "" && packed.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(packed);
}

async function readUserData(bake: BakeReading, path: string): Promise<Buffer> {
  try {
    return await readFile(resolve(bake.context.surroundings.cwd, path));
  } catch (cause) {
    throw new BakeError(`Could not read the user data file: ${messageOf(cause)}`, {
      code: "user-data-unreadable",
      cause,
      range: bake.context.range,
    });
  }
}

/** File with the timer's process id, on a file system that is not part of the image. */
const PID_FILE = "/run/bake-ami-dead-man.pid";

/** Returns a command that starts a timer, which powers the instance off. It does not need systemd. */
function timer(minutes: number): string {
  const countdown = `sleep ${Math.round(minutes * 60)}; shutdown -P now || poweroff -f`;
  return `nohup sh -c ${shellQuote(countdown)} >/dev/null 2>&1 & echo $! > ${PID_FILE}`;
}

/** Command for the login user that stops the timer before the image is created. */
export const CANCEL_DEAD_MAN = shellCommand(
  `[ -e ${PID_FILE} ] || exit 0; SUDO=; [ "$(id -u)" = 0 ] || SUDO=sudo; ` +
    `$SUDO sh -c "kill \\$(cat ${PID_FILE}); rm -f ${PID_FILE}"`,
);

/**
 * Returns user data that starts the dead-man timer first: an instance launched with the shutdown behavior `terminate` then terminates
 * itself when the runner is lost. The user's script runs after it. Anything else (cloud-config) is put next to it in a MIME archive,
 * which cloud-init reads.
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
