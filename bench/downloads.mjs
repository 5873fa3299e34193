/**
 * Downloads 1 GB in one file and 100 files of 10 MB from each kind of SSH server, and compares every file's SHA-256 with that on the
 * machine: OpenSSH, Dropbear, the server of the local cloud, and the proxy that Ansible and InSpec connect to. `--rounds=20` repeats it.
 */
import { execFile, execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { openCommunicator } from "./communicator.mjs";
import { load, root, scratch } from "./library.mjs";
import { table, timed } from "./report.mjs";
import { freePort, haveSshd, startSshd, waitForServer } from "./sshd.mjs";

const execute = promisify(execFile);
const quick = process.argv.includes("--quick");
const rounds = Number(process.argv.find((word) => word.startsWith("--rounds="))?.slice(9) ?? 1);
const LARGE = (quick ? 64 : 1024) * 1024 * 1024;
const SMALL = { count: 100, size: (quick ? 1 : 10) * 1024 * 1024 };
const MEGABYTES = (LARGE + SMALL.count * SMALL.size) / 1024 / 1024;

export async function downloads() {
  if (!haveSshd) return console.log("\ndownloads: skipped. They need root and the OpenSSH server.");
  const source = scratch("source");
  makeFiles(source);
  const sshd = await startSshd();
  const dropbear = await startDropbear(sshd.key);
  const proxy = await startProxy(sshd);
  const ways = [
    ["OpenSSH", "tar, cat", () => byCommunicator(sshd, "scp", source)],
    ["OpenSSH", "SFTP", () => byCommunicator(sshd, "sftp", source)],
    ...(dropbear ? [["Dropbear", "tar, cat", () => byCommunicator(dropbear, "scp", source)]] : []),
    ["proxy of Ansible", "tar, cat", () => byCommunicator(proxy, "scp", source)],
    ["proxy of Ansible", "scp of OpenSSH", () => byScp(proxy, source)],
    ["local cloud", "tar, cat, in a whole bake", byLocalCloud],
  ];
  const rows = ways.map(([server, way]) => ({ server, way, right: 0, wrong: [], seconds: 0 }));
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    for (const [index, [, , download]] of ways.entries()) {
      const row = rows[index];
      const target = scratch("target");
      try {
        const { took, large, files } = await download()(target);
        row.seconds += took / 1000;
        const wrong = await wrongFiles(large, files);
        if (wrong.length === 0) row.right += 1;
        else row.wrong.push(`round ${round + 1}: ${wrong.slice(0, 3).join(", ")}`);
      } catch (error) {
        row.wrong.push(
          `round ${round + 1}: ${String(error.stdout || error.stderr || error.message)
            .trim()
            .split("\n")
            .slice(-3)
            .join(" ")}`,
        );
      }
      rmSync(target, { recursive: true, force: true });
      process.stderr.write(
        `round ${round + 1}, ${row.server}, ${row.way}: ${row.right} right, ${row.wrong.length} wrong, ${Math.round(row.seconds)} s\n`,
      );
    }
    process.stderr.write(`round ${round + 1}: ${Math.round((performance.now() - began) / 1000)} s with the digests\n`);
  }
  table(
    `Downloads: ${LARGE / 1024 / 1024} MB in one file and ${SMALL.count} files of ${SMALL.size / 1024 / 1024} MB`,
    ["server", "way", "rounds with all digests right", "wrong", "MB/s"],
    rows.map(({ server, way, right, wrong, seconds }) => [
      ...[server, way, `${right} of ${rounds}`, wrong.join("; ") || "none"],
      Math.round((MEGABYTES * rounds) / seconds),
    ]),
  );
  await proxy.close();
  dropbear?.close();
  sshd.close();
}

/** Makes the files of a machine: `large`, and the directory `data` with the others and the list of all digests. */
function makeFiles(folder) {
  mkdirSync(join(folder, "data"));
  const names = ["large", ...Array.from({ length: SMALL.count }, (_, index) => `file-${index}`)];
  const lines = names.map((name) => {
    const hash = createHash("sha256");
    for (let left = name === "large" ? LARGE : SMALL.size; left > 0; left -= 1024 * 1024) {
      const piece = randomBytes(1024 * 1024);
      hash.update(piece);
      writeFileSync(join(folder, name === "large" ? "." : "data", name), piece, { flag: "a" });
    }
    return `${hash.digest("hex")}  ${name}\n`;
  });
  writeFileSync(join(folder, "data", "SHA256SUMS"), lines.join(""));
}

/** Returns the files that are missing or different. `large` is the file that was downloaded by itself, `files` the downloaded directory. */
async function wrongFiles(large, files) {
  const wrong = [];
  for (const line of readFileSync(join(files, "SHA256SUMS"), "utf8").trim().split("\n")) {
    const [expected, name] = line.split("  ");
    if ((await digest(name === "large" ? large : join(files, name))) !== expected) wrong.push(name);
  }
  const found = readdirSync(files).length;
  return found === SMALL.count + 1 ? wrong : [...wrong, `${found} files in place of ${SMALL.count + 1}`];
}

async function digest(path) {
  if (!existsSync(path)) return "missing";
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest("hex");
}

function byCommunicator(server, fileTransfer, source) {
  return async (target) => {
    const communicator = await openCommunicator(server, fileTransfer);
    const took = await timed(async () => {
      await communicator.downloadFile(join(source, "large"), join(target, "large"));
      await communicator.downloadDirectory(`${source}/data/`, target);
    });
    await communicator.close();
    return { took, large: join(target, "large"), files: join(target, "data") };
  };
}

function byScp(server, source) {
  return async (target) => {
    const options = ["-q", "-r", "-P", String(server.port), "-i", server.key];
    const checks = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"];
    const took = await timed(async () => {
      const from = `${server.user}@127.0.0.1:${source}`;
      await execute("scp", [...options, ...checks, `${from}/large`, `${from}/data`, target]);
    });
    return { took, large: join(target, "large"), files: join(target, "data") };
  };
}

/** A bake whose instance makes the files, and whose file provisioners download them. */
function byLocalCloud() {
  return async (target) => {
    const make = [
      "mkdir /tmp/data && cd /tmp/data",
      `head -c ${LARGE} /dev/urandom >../large`,
      `for n in $(seq 0 ${SMALL.count - 1}); do head -c ${SMALL.size} /dev/urandom >file-$n; done`,
      "{ (cd .. && sha256sum large) && sha256sum *; } >../SHA256SUMS && mv ../SHA256SUMS .",
    ];
    const download = (source, destination) => ({ type: "file", direction: "download", source, destination });
    const template = {
      builders: [
        {
          type: "amazon-ebs",
          region: "us-east-1",
          source_ami_filter: {
            filters: { name: "ubuntu/images/*ubuntu-jammy-22.04-amd64-server-*" },
            owners: ["099720109477"],
            most_recent: true,
          },
          ami_name: `downloads-${Date.now()}`,
          instance_type: "t3.micro",
          ssh_username: "ubuntu",
        },
      ],
      provisioners: [
        { type: "shell", inline: make },
        download("/tmp/large", join(target, "large")),
        download("/tmp/data/", `${target}/`),
      ],
    };
    writeFileSync(join(target, "template.json"), JSON.stringify(template));
    const command = [join(root, "dist/cli.js"), "build", "--local", "-packages=off", join(target, "template.json")];
    const took = await timed(() => execute(process.execPath, command, { cwd: target, maxBuffer: 64 * 1024 * 1024 }));
    return { took, large: join(target, "large"), files: join(target, "data") };
  };
}

/** The proxy of the ansible and inspec provisioners, in front of a machine. */
async function startProxy(machine) {
  const { openSshProxy } = await load("ssh/proxy.ts");
  const communicator = await openCommunicator(machine, "scp");
  const proxy = await openSshProxy({
    communicator,
    user: machine.user,
    authorizedKey: readFileSync(`${machine.key}.pub`, "utf8"),
    hostKey: readFileSync(machine.key, "utf8"),
    port: 0,
    sftpCommand: undefined,
  });
  const close = async () => {
    await proxy.close();
    await communicator.close();
  };
  return { port: proxy.port, key: machine.key, user: machine.user, close };
}

/** Starts Dropbear, if it is installed, in a mount namespace where the user's home has only the key of the benchmark. */
async function startDropbear(key) {
  if (spawnSync("dropbear", ["-V"]).error) return undefined;
  const folder = scratch("dropbear");
  execFileSync("dropbearkey", ["-t", "ed25519", "-f", join(folder, "host")], { stdio: "ignore" });
  mkdirSync(join(folder, "home/.ssh"), { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, "home/.ssh/authorized_keys"), readFileSync(`${key}.pub`), { mode: 0o600 });
  const port = await freePort();
  const mount = `mount --bind '${join(folder, "home")}' '${homedir()}'`;
  const serve = `exec dropbear -F -E -r '${join(folder, "host")}' -P '${join(folder, "pid")}' -p 127.0.0.1:${port}`;
  const child = spawn("unshare", ["-m", "sh", "-c", `${mount} && ${serve}`], { stdio: "ignore" });
  await waitForServer(port);
  return { port, key, user: "root", close: () => child.kill() };
}
