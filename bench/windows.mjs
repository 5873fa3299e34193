/**
 * Measures uploads by WinRM with a round trip of 20 ms, next to Packer if it is on PATH. BENCH_WINRM is an independent WinRM service that
 * answers both: `user:password@host:port`, over HTTP. Packer's time is that from its first "Uploading" to the end of its build.
 */
import { spawn, spawnSync } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { load, scratch } from "./library.mjs";
import { startRelay } from "./relay.mjs";
import { ms, ratio, table, timed } from "./report.mjs";

const ROUND_TRIP = 20;
const quick = process.argv.includes("--quick");

export async function windows() {
  const given = /^(.+?):(.*)@([^@:]+):(\d+)$/.exec(process.env.BENCH_WINRM ?? "");
  if (!given) return console.log("\nwindows: skipped. Set BENCH_WINRM to a service: user:password@host:port.");
  const [, user, password, host, port] = given;
  const relay = await startRelay({ host, port: Number(port) }, ROUND_TRIP);
  const target = { user, password, port: relay.port };
  const folder = scratch("windows");
  const large = join(folder, "large");
  writeFileSync(large, randomBytes(quick ? 1_000_000 : 10_000_000));
  const small = Array.from({ length: 10 }, (_, i) => join(folder, `small-${i}`));
  for (const path of small) writeFileSync(path, randomBytes(4096));
  const rows = [];
  for (const [what, files] of [
    [quick ? "1 MB" : "10 MB", [large]],
    ["10 files of 4 KB", small],
  ]) {
    const ours = await upload(target, files);
    const theirs = hasPacker() ? await packer(target, files, folder) : undefined;
    rows.push([
      what,
      ms(ours),
      theirs === undefined ? "not run" : ms(theirs),
      theirs === undefined ? "" : ratio(theirs, ours),
    ]);
  }
  table(`Uploads by WinRM, ${ROUND_TRIP} ms`, ["what", "bake-ami", "Packer", "Packer / bake-ami"], rows);
  await relay.close();
}

function hasPacker() {
  return spawnSync("packer", ["version"]).status === 0;
}

async function upload({ user, password, port }, files) {
  const { openWinrmCommunicator } = await load("communicators/winrm.ts");
  const { systemClock } = await load("core/clock.ts");
  const communicator = await openWinrmCommunicator({
    address: async () => "127.0.0.1",
    port,
    https: false,
    insecure: false,
    ntlm: false,
    noProxy: true,
    user,
    password,
    way: undefined,
    timeout: 10_000,
    pauseBeforeConnecting: 0,
    surroundings: {
      clock: systemClock,
      debug: () => undefined,
      env: {},
      ids: { uuid: randomUUID, short: () => "", random: Math.random },
    },
    signal: new AbortController().signal,
    onAttempt: undefined,
  });
  const uploads = files.map((path, i) => ({
    source: { from: "file", path },
    destination: `C:/Windows/Temp/bench-${i}`,
  }));
  const took = await timed(() => communicator.uploadFiles(uploads));
  await communicator.close();
  return took;
}

async function packer({ user, password, port }, files, folder) {
  const template = join(folder, "packer.json");
  const builder = {
    type: "null",
    communicator: "winrm",
    winrm_host: "127.0.0.1",
    winrm_port: port,
    winrm_username: user,
    winrm_password: password,
    winrm_no_proxy: true,
  };
  const provisioner = { type: "file", sources: files, destination: "C:/Windows/Temp/" };
  writeFileSync(template, JSON.stringify({ builders: [builder], provisioners: [provisioner] }));
  const build = spawn("packer", ["build", "-color=false", template], {
    env: { ...process.env, CHECKPOINT_DISABLE: "1" },
  });
  let began;
  let ended;
  let output = "";
  build.stdout.on("data", (chunk) => {
    output += chunk;
    if (began === undefined && output.includes("Uploading ")) began = performance.now();
    if (ended === undefined && output.includes("finished after")) ended = performance.now();
  });
  await new Promise((resolve) => build.once("close", resolve));
  if (began === undefined || ended === undefined) throw new Error(`Packer failed:\n${output}`);
  return ended - began;
}
