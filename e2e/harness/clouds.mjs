/** The clouds for end-to-end tests: moto with OpenSSH instances, and the project's own local cloud. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const root = resolve(fileURLToPath(new URL("../..", import.meta.url)));

/** Keys of a fictitious account. No other text contains them, so that redaction does not change reports. */
const KEYS = { AWS_ACCESS_KEY_ID: "AKIACONFORMANCE00000", AWS_SECRET_ACCESS_KEY: "conformance-secret-access-key" };

const COMMON = {
  ...KEYS,
  AWS_REGION: "us-east-1",
  AWS_EC2_METADATA_DISABLED: "true",
  BAKE_AMI_SSH_SOURCE_CIDRS: "127.0.0.0/8",
};

/** Starts moto with simulated waiting times and instances to log in to (`cloud/`). */
export async function startMoto(scale = "0.01") {
  const folder = mkdtempSync(join(tmpdir(), "bake-ami-conformance-"));
  const server = join(root, "e2e", "harness", "cloud", "server.py");
  const cloud = await start(
    "python3",
    [server, "--folder", join(folder, "machines"), "--scale", scale],
    /^(http:\S+)/,
    process.env,
  );
  return control(cloud, "/_conformance/", folder);
}

/** Starts the project's own local cloud, with or without sandboxes behind its instances. `more`: further flags. */
export async function startLocal(withSandboxes, more = []) {
  const folder = mkdtempSync(join(tmpdir(), "bake-ami-faults-"));
  const args = [
    join(root, "dist", "cli.js"),
    "local",
    `-local-state=${folder}`,
    ...(withSandboxes ? [] : ["-no-instances"]),
    ...more,
    "serve",
  ];
  const cloud = await start(process.execPath, args, /^export AWS_ENDPOINT_URL=(\S+)/, process.env);
  return control(cloud, "/_local/", folder);
}

async function start(program, args, ready, env) {
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let errorOutput = "";
  child.stderr.on("data", (chunk) => {
    errorOutput += chunk;
  });
  const exited = new Promise((done) => child.once("exit", done));
  const url = await new Promise((done, fail) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const match = ready.exec(line);
      if (match) done(match[1]);
    });
    void exited.then((code) => fail(new Error(`${program} ended with ${code}: ${errorOutput}`)));
  });
  return { child, url, exited, errorOutput: () => errorOutput };
}

function control({ child, url, exited, errorOutput }, path, folder) {
  const request = async (verb, body) => {
    const post = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const response = await fetch(url + path + verb, { ...post, headers: { connection: "close" } });
    if (!response.ok) throw new Error(`${verb}: ${response.status} ${await response.text()}`);
    const text = await response.text();
    return text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text;
  };
  return {
    url,
    folder,
    env: { ...COMMON, AWS_ENDPOINT_URL: url },
    errorOutput,
    held: () => request("held"),
    calls: () => request("calls"),
    baseline: () => request("baseline", {}),
    faults: (faults) => request("faults", faults),
    throttle: (rule) => request("throttle", rule),
    /** Moves the clock of the cloud forward, in seconds. */
    pass: (seconds) => request("pass", { seconds }),
    /** Clears the record of calls and the faults. Calls are numbered from 1 again. */
    forget: () => request("forget", {}),
    async close() {
      child.kill("SIGTERM");
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
