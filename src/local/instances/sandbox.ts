import { messageOf } from "../../core/errors.js";
import type { HostKey } from "../../ssh/keys/host-key.js";
import type { LoginHost } from "../../ssh/server/login-host.js";
import type { LaunchRequest, LayerId, SandboxEvents, SandboxExit } from "../sandboxes.js";
import type { SentKeys } from "./sent-keys.js";

/** One sandbox of either kind. */
export interface Sandbox {
  readonly id: string;
  readonly address: string;
  readonly console: Console;
  readonly keys: SentKeys;
  /** Boots; resolves once logins are accepted. `first` on an instance's first boot. */
  up(first: boolean): Promise<void>;
  /** Cuts connections and stops listening, whether or not the processes still run. */
  unplug(): Promise<void>;
  /** Ends all processes; files stay. */
  down(): Promise<void>;
  /** Ends all processes and removes the files. */
  forget(): Promise<void>;
  /** Keeps what changed as a layer. */
  capture(): Promise<LayerId>;
}

/** What the sandboxes of one kind are opened with, in addition to their directory. */
export interface SandboxLimits {
  /** Most processes and threads: of all sandboxes that are namespaces together, and of each container. */
  readonly processes: number;
  onDown(id: string, how: SandboxExit): void;
}

/** Makes and keeps the sandboxes of one kind. */
export interface SandboxFactory {
  make(request: LaunchRequest): Promise<Sandbox>;
  discard(layer: LayerId): Promise<void>;
  close(): Promise<void>;
}

/** Reports that a sandbox went down by itself. After a reboot it starts again on the same address with its files. */
export async function handleExit(sandbox: Sandbox | undefined, how: SandboxExit, events: SandboxEvents): Promise<void> {
  if (!sandbox) return;
  await sandbox.unplug();
  sandbox.console.write(how === "reboot" ? "reboot: Restarting system\r\n" : "reboot: Power down\r\n");
  events.onExit(sandbox.id, how);
  if (how !== "reboot") return;
  await sandbox.up(false).catch((error: unknown) => {
    events.onNotice(`${sandbox.id} did not restart: ${messageOf(error)}`);
    events.onExit(sandbox.id, "crash");
  });
}

/** GetConsoleOutput keeps the most recent 64 KB (EC2 API reference). */
const LIMIT = 65_536;

/** The console of a sandbox. */
export interface Console {
  write(text: string): void;
  text(): string;
}

/** An empty console. */
export function openConsole(): Console {
  let kept = "";
  return {
    write(text) {
      kept = (kept + text).slice(-LIMIT);
    },
    text: () => kept,
  };
}

/** What cloud-init prints on the console of a new instance: the host's key, so that a client can know it. */
export function hostKeyNotice(key: HostKey, hostName: string): string {
  return [
    "ci-info: no authorized SSH keys fingerprints are shown on this console.",
    "-----BEGIN SSH HOST KEY FINGERPRINTS-----",
    `256 ${key.fingerprint} root@${hostName} (ED25519)`,
    "-----END SSH HOST KEY FINGERPRINTS-----",
    "-----BEGIN SSH HOST KEY KEYS-----",
    key.publicKey,
    "-----END SSH HOST KEY KEYS-----",
    "",
  ].join("\r\n");
}

const DIRECTORY = "/var/lib/cloud/instance";

/** Runs the user data script as cloud-init does: as root, once, its output to the console and to cloud-init-output.log. */
const RUN_SCRIPT = `mkdir -p ${DIRECTORY}/scripts && cp ${DIRECTORY}/user-data.txt ${DIRECTORY}/scripts/part-001 && chmod 700 ${DIRECTORY}/scripts/part-001
cd / && ${DIRECTORY}/scripts/part-001 2>&1 </dev/null | tee -a /var/log/cloud-init-output.log
date >${DIRECTORY}/boot-finished`;

/** True for user data that is a script; other kinds (`#cloud-config`, archives) are not carried out here. */
export function isScript(userData: Uint8Array | undefined): boolean {
  return userData !== undefined && userData[0] === 0x23 && userData[1] === 0x21;
}

/** Runs the user data script that the sandbox has; resolves when the script or the sandbox has ended. */
export async function runUserData(host: LoginHost, write: (text: string) => void): Promise<void> {
  const login = { user: "root", uid: 0, gid: 0, groups: "0", home: "/root", shell: "/bin/sh", keyLine: "" };
  const request = { login, kind: "exec", command: RUN_SCRIPT, environment: [], terminal: undefined } as const;
  const running = await host.run(request);
  running.stdin.end();
  for (const stream of [running.stdout, running.stderr]) {
    stream.on("data", (data: Buffer) => write(data.toString("utf8").replaceAll("\n", "\r\n")));
    stream.on("error", () => undefined);
  }
  await running.ended;
}
