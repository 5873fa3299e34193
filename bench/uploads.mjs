/** Measures uploads of many small files and of one large file, compared with `scp`, without delay and with a 20 ms round trip. */
import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { openCommunicator } from "./communicator.mjs";
import { scratch } from "./library.mjs";
import { startRelay } from "./relay.mjs";
import { ms, ratio, table, timed } from "./report.mjs";
import { haveSshd, startSshd } from "./sshd.mjs";

const execute = promisify(execFile);

const quick = process.argv.includes("--quick");

export async function uploads() {
  if (!haveSshd) return console.log("\nuploads: skipped. They need root and the OpenSSH server.");
  const sshd = await startSshd();
  const relay = await startRelay(sshd.port, 20);
  const folder = scratch("uploads");
  const sources = { "2,000 files of 4 KB": files(folder, 2000) };
  if (!quick) sources["10,000 files of 4 KB"] = files(folder, 10_000);
  sources["1 GB"] = large(folder, quick ? 256 : 1024);
  const rows = [];
  for (const [delay, port] of [
    ["none", sshd.port],
    ["20 ms", relay.port],
  ]) {
    for (const [what, source] of Object.entries(sources)) {
      if (what === "1 GB" && delay !== "none") continue;
      const slow = delay !== "none";
      const ours = await upload(sshd, port, source);
      const theirs = slow && !process.argv.includes("--scp") ? undefined : await scp(sshd, port, source, folder);
      rows.push([
        quick && what === "1 GB" ? "256 MB" : what,
        delay,
        ms(ours),
        theirs === undefined ? "not run (--scp)" : ms(theirs),
        theirs === undefined ? "" : ratio(theirs, ours),
      ]);
    }
  }
  table("Uploads", ["what", "round trip", "bake-ami", "scp -r", "scp / bake-ami"], rows);
  sshd.close();
  await relay.close();
}

async function upload(sshd, port, source) {
  const communicator = await openCommunicator({ port, key: sshd.key, user: sshd.user });
  const target = scratch("ours");
  const took = await timed(() =>
    source.file
      ? communicator.uploadFile({ from: "file", path: source.path }, join(target, "file"))
      : communicator.uploadDirectory(`${source.path}/`, target),
  );
  await communicator.close();
  rmSync(target, { recursive: true });
  return took;
}

async function scp(sshd, port, source) {
  const target = scratch("theirs");
  const options = [
    "-q",
    "-r",
    "-P",
    String(port),
    "-i",
    sshd.key,
    "-o",
    "StrictHostKeyChecking=no",
    "-o",
    "UserKnownHostsFile=/dev/null",
    "-o",
    "LogLevel=ERROR",
  ];
  const took = await timed(async () => execute("scp", [...options, source.path, `${sshd.user}@127.0.0.1:${target}/`]));
  rmSync(target, { recursive: true });
  return took;
}

function files(folder, count) {
  const path = join(folder, `files-${count}`);
  const content = Buffer.alloc(4096, "bake-ami ");
  for (let i = 0; i < count; i++) {
    if (i % 100 === 0) mkdirSync(join(path, String(i / 100)), { recursive: true });
    writeFileSync(join(path, String(Math.floor(i / 100)), `${i}.txt`), content);
  }
  return { path };
}

function large(folder, megabytes) {
  const path = join(folder, "large");
  const block = Buffer.alloc(1024 * 1024, "bake-ami ");
  for (let i = 0; i < megabytes; i++) writeFileSync(path, block, { flag: "a" });
  return { path, file: true };
}
