/** Programs of AWS that open a tunnel and listen on a local port, if they are on PATH. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { CREDENTIALS, REGION, sessionRequest } from "../e2e/harness/tunnel-host.mjs";
import { scratch } from "./library.mjs";
import { freePort } from "./sshd.mjs";
import { relayed } from "./tunnel-ways.mjs";

const env = {
  PATH: process.env.PATH,
  HOME: scratch("home"),
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
};

/** AWS's plugin for sessions. Undefined if it is not on PATH. */
export async function sessionOfPlugin({ ssm, url, instanceId, relays, key, user }) {
  if (spawnSync("session-manager-plugin", ["--version"]).status !== 0) return undefined;
  return peer({ key, user }, async (port) => {
    const request = sessionRequest(instanceId, port);
    const { SessionId, TokenValue, StreamUrl } = await ssm.startSession(request);
    const session = JSON.stringify({ SessionId, TokenValue, StreamUrl: relayed(StreamUrl, relays.channel) });
    const words = [session, REGION, "StartSession", "", JSON.stringify(request), url];
    const child = spawn("session-manager-plugin", words, { env, stdio: "ignore" });
    return { child, close: () => ssm.terminateSession({ SessionId }) };
  });
}

/** The tunnel of AWS CLI, version 2. Undefined if it is not on PATH, or an earlier version. */
export async function endpointOfCli({ endpointId, privateAddress, certificate, key, user }) {
  const version = spawnSync("aws", ["--version"], { encoding: "utf8" }).stdout ?? "";
  if (!version.startsWith("aws-cli/2")) return undefined;
  const target = ["--instance-connect-endpoint-id", endpointId, "--private-ip-address", privateAddress];
  const command = [
    "ec2-instance-connect",
    "open-tunnel",
    ...target,
    "--instance-connect-endpoint-dns-name",
    "localhost",
  ];
  return peer({ key, user }, async (port) => {
    // AWS CLI trusts the authorities of the system only: it runs where the file with them also has the benchmark's.
    const mount = `mount --bind '${certificate.authorities}' '${SYSTEM_AUTHORITIES}' && exec aws "$@"`;
    const words = ["-m", "sh", "-c", mount, "aws", ...command, "--local-port", String(port)];
    return { child: spawn("unshare", words, { env, stdio: "ignore" }), close: async () => undefined };
  });
}

const SYSTEM_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";

/** Makes a certificate for localhost: its key, the certificate, and the file of the system's authorities with the certificate added. */
export function openCertificate() {
  const folder = scratch("certificate");
  const [key, file, authorities] = ["key", "certificate", "authorities"].map((name) => join(folder, name));
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  execFileSync("openssl", [...words, ...subject, "-keyout", key, "-out", file], { stdio: "ignore" });
  const certificate = readFileSync(file, "utf8");
  const others = existsSync(SYSTEM_AUTHORITIES) ? readFileSync(SYSTEM_AUTHORITIES, "utf8") : "";
  writeFileSync(authorities, others + certificate);
  return { key: readFileSync(key, "utf8"), certificate, authorities };
}

/** Returns the way through a program that `start(port)` starts. */
function peer(login, start) {
  const open = async () => {
    const port = await freePort();
    const { child, close } = await start(port);
    const exited = new Promise((done) => child.once("exit", done));
    const end = async () => {
      child.kill();
      await exited;
      await close();
    };
    return { port, exited, close: end };
  };
  return {
    async firstByte() {
      const began = performance.now();
      const { port, exited, close } = await open();
      await Promise.race([heard(port), exited.then(() => Promise.reject(new Error("the program has ended")))]);
      const took = performance.now() - began;
      await close();
      return took;
    },
    async connect() {
      const { port, close } = await open();
      await heard(port);
      return { ...login, port, close };
    },
  };
}

/** Resolves when a server on the port has sent its first byte. */
async function heard(port) {
  for (;;) {
    const isHeard = await new Promise((done) => {
      const socket = connect(port, "127.0.0.1");
      const end = (result) => {
        socket.destroy();
        done(result);
      };
      socket.once("data", () => end(true));
      socket.once("error", () => end(false));
      socket.once("close", () => end(false));
    });
    if (isHeard) return;
    await sleep(5);
  }
}
