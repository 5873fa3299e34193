/** Measures the local cloud: the time of an API call, and the time from a launch to the first login. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { load, scratch } from "./library.mjs";
import { least, ms, table, timed } from "./report.mjs";

const execute = promisify(execFile);
const ssh = (args) => execute("ssh", args);

export async function localCloud() {
  const { startEndpoint } = await load("local/endpoint/server.ts");
  const endpoint = await startEndpoint({ scale: 0 });
  const call = async () => {
    const response = await fetch(endpoint.url, {
      method: "POST",
      body: "Action=DescribeInstances&Version=2016-11-15",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        authorization:
          "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=x",
      },
    });
    await response.text();
  };
  for (let i = 0; i < 200; i++) await call();
  const rows = [
    [
      "an API call (mean of 500)",
      ms(
        (await timed(async () => {
          for (let i = 0; i < 500; i++) await call();
        })) / 500,
      ),
    ],
  ];
  await endpoint.close();
  if (process.getuid?.() === 0) rows.push(["launch to login (namespace)", ms(await login())]);
  table("The local cloud", ["", ""], rows);
}

async function login() {
  const { openSandboxes } = await load("local/instances/sandboxes.ts");
  const { generateKeyPair } = await load("ssh/keys/key-pair.ts");
  const { writeFileSync } = await import("node:fs");
  const folder = scratch("machines");
  const sandboxes = await openSandboxes({
    stateDir: folder,
    prefer: "namespace",
    events: { onExit: () => undefined, onNotice: () => undefined },
  });
  const pair = await generateKeyPair("ed25519", { comment: "bench" });
  const key = join(scratch("key"), "key");
  writeFileSync(key, pair.privateKey, { mode: 0o600 });
  let count = 0;
  const took = await least(5, async () => {
    const instanceId = `i-${++count}`;
    const { address } = await sandboxes.launch({
      instanceId,
      hostName: "bench",
      image: { sourceName: "ubuntu", layers: [] },
      authorizedKeys: [pair.publicKey],
    });
    // The sandbox's SSH server runs in this process, so the call must not block it.
    await ssh([
      ...["-i", key, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"],
      `ubuntu@${address}`,
      "true",
    ]);
  });
  await sandboxes.close();
  return took;
}
