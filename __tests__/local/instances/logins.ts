import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "@jest/globals";
import { openSandboxes } from "../../../src/local/instances/sandboxes.js";
import type { LaunchRequest, SandboxExit, Sandboxes } from "../../../src/local/sandboxes.js";
import { generateHostKey } from "../../../src/ssh/keys/host-key.js";
import { describe as describeWithOpenSsh } from "../../ssh/openssh.js";

/** Tests of sandboxes need root or sudo. They fail where they cannot run, unless they are disabled. */
export const describeSandbox = process.env.BAKE_AMI_SKIP_SANDBOX === "1" ? describe.skip : describe;

/** The same for tests that log in with OpenSSH's clients. */
export const describeLogins = process.env.BAKE_AMI_SKIP_SANDBOX === "1" ? describe.skip : describeWithOpenSsh;

/** Routing rules are checked with iproute2's ip, if it is installed. */
export const hasRoutingTool = ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"].some((path) => existsSync(path));
if (!hasRoutingTool) {
  process.stderr.write(
    "SKIPPED: routing rules are not checked, because ip is not installed (apt-get install iproute2).\n",
  );
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program. Does not reject for a non-zero exit code. */
export function runProgram(command: string, args: readonly string[], input = ""): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(command, [...args], { timeout: 40_000, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === "number" ? error.code : 255) : 0;
      resolve({ code, stdout, stderr });
    });
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}

/** Sandboxes in a temporary directory, with a key for OpenSSH's clients. */
export interface Lab {
  readonly folder: string;
  readonly stateDir: string;
  readonly sandboxes: Sandboxes;
  readonly exits: [string, SandboxExit][];
  readonly notices: string[];
  readonly keyFile: string;
  readonly publicKey: string;
  /** Launches an instance from layers, with the lab's key. */
  launch(id: string, more?: Partial<LaunchRequest>): Promise<string>;
  /** `ssh user@address command`. */
  ssh(login: string, command: string, input?: string): Promise<Outcome>;
  /** Options for ssh, scp and sftp. */
  readonly sshOptions: readonly string[];
  close(): Promise<void>;
}

export async function openLab(prefer: "namespace" | "container" = "namespace", processes?: number): Promise<Lab> {
  const folder = mkdtempSync(join(tmpdir(), "machines-"));
  const stateDir = join(folder, "state");
  const exits: [string, SandboxExit][] = [];
  const notices: string[] = [];
  const sandboxes = await openSandboxes({
    stateDir,
    prefer,
    processes,
    events: { onExit: (id, how) => exits.push([id, how]), onNotice: (text) => notices.push(text) },
  });
  const key = await generateHostKey("test");
  const keyFile = join(folder, "key");
  writeFileSync(keyFile, key.privateKey, { mode: 0o600 });
  const sshOptions = sshOptionsFor(keyFile);
  return {
    folder,
    stateDir,
    sandboxes,
    exits,
    notices,
    keyFile,
    publicKey: key.publicKey,
    sshOptions,
    async launch(instanceId, more = {}) {
      const { address } = await sandboxes.launch({
        instanceId,
        hostName: "ip-127-65-0-1",
        image: { sourceName: "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server", layers: [] },
        authorizedKeys: [key.publicKey],
        ...more,
      });
      return address;
    },
    ssh: (login, command, input) => runProgram("ssh", [...sshOptions, login, command], input),
    async close() {
      await sandboxes.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function sshOptionsFor(keyFile: string): string[] {
  const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes"];
  return ["-F", "none", "-i", keyFile, ...options.flatMap((option) => ["-o", option])];
}

/** A process of the host that a sandbox must not reach; `alive` is true while it runs. */
export function hostProcess(): { readonly pid: number; alive(): boolean; end(): void } {
  const child = spawn("sleep", ["300"], { stdio: "ignore" });
  return {
    pid: child.pid ?? 0,
    alive: () => child.exitCode === null && child.signalCode === null,
    end: () => child.kill(),
  };
}

/** Waits for a condition, checked every 20 ms, until the test's time limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
