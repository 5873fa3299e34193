/** Measures the time from process start to the first API call, and to the error for bad input, compared with `node -e 0`. */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { root, scratch } from "./library.mjs";
import { least, ms, ratio, table } from "./report.mjs";

const RUNS = 7;
const cli = join(root, "dist", "cli.js");

export async function starts() {
  const folder = scratch("starts");
  writeFileSync(join(folder, "bad.json"), '{ "builders": [{ "type": "amazon-ebs", "regin": "us-east-1" }] }');
  writeFileSync(
    join(folder, "good.json"),
    JSON.stringify({
      builders: [
        {
          type: "amazon-ebs",
          region: "us-east-1",
          source_ami: "ami-1",
          instance_type: "t3.micro",
          ssh_username: "ubuntu",
          ami_name: "bench",
        },
      ],
    }),
  );
  const rows = [];
  for (const [name, node] of [
    ["this Node", process.execPath],
    ["Node 24", process.env.BENCH_NODE24],
  ]) {
    if (!node) continue;
    const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
    const nothing = await least(RUNS, async () => void spawnSync(node, ["-e", "0"]));
    const bad = await least(RUNS, async () => void spawnSync(node, [cli, "validate", "bad.json"], { cwd: folder }));
    const cold = await leastFirstCall(node, folder, false);
    const warm = await leastFirstCall(node, folder, true);
    rows.push([
      `${name} ${version}`,
      ms(nothing),
      `${ms(bad)} (${ratio(bad, nothing)})`,
      `${ms(cold)} (${ratio(cold, nothing)})`,
      `${ms(warm)} (${ratio(warm, nothing)})`,
    ]);
  }
  table(
    "Starts",
    ["", "`node -e 0`", "error for bad input", "first API call, cold", "first API call, compile cache"],
    rows,
  );
}

async function leastFirstCall(node, folder, warm) {
  const cache = join(folder, "cache");
  mkdirSync(cache, { recursive: true });
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < RUNS; i++) {
    best = Math.min(best, await firstCall(node, folder, warm ? cache : scratch("cache")));
  }
  return best;
}

/** Returns the milliseconds until the first request; then ends the process. */
async function firstCall(node, folder, cache) {
  let resolveCalled;
  const called = new Promise((done) => {
    resolveCalled = done;
  });
  const server = createServer((_request, response) => {
    resolveCalled(performance.now());
    response.writeHead(400).end();
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${server.address().port}`,
    AWS_ACCESS_KEY_ID: "a",
    AWS_SECRET_ACCESS_KEY: "b",
    AWS_EC2_METADATA_DISABLED: "true",
    BAKE_AMI_SSH_SOURCE_CIDRS: "127.0.0.1/32",
    RUNNER_TEMP: cache,
    XDG_CACHE_HOME: cache,
    XDG_STATE_HOME: cache,
  };
  const began = performance.now();
  const child = spawn(node, [cli, "build", "good.json"], { cwd: folder, env, stdio: "ignore" });
  const at = await called;
  await new Promise((done) => {
    child.once("exit", done);
    server.closeAllConnections();
  });
  await new Promise((done) => server.close(done));
  return at - began;
}
