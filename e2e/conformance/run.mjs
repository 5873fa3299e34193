/**
 * `npm run test:conformance`: sees to it that moto, OpenSSH's server and sudo are here, then bakes against them, and in containers
 * of an engine of its own: with the Node that runs this, and the examples once more with the other Node that a runner may have,
 * where npm has it.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../harness/clouds.mjs";

if (process.env.BAKE_AMI_SKIP_CONFORMANCE === "1") {
  console.log("SKIPPED: BAKE_AMI_SKIP_CONFORMANCE is set; nothing was tried against moto and OpenSSH.");
  process.exit(0);
}
const missing = [...checkRoot(), ...checkBundle(), ...checkMoto(), ...checkPrograms()];
if (missing.length > 0) {
  console.error(`The conformance tests cannot run here:\n${missing.map((each) => `  - ${each}`).join("\n")}`);
  console.error("Set BAKE_AMI_SKIP_CONFORMANCE=1 to leave them out.");
  process.exit(1);
}
const here = runTests(
  [
    "bakes.test.mjs",
    ...containerTests(),
    "credentials.test.mjs",
    "interruptions.test.mjs",
    "promotion.test.mjs",
    "unfinished.test.mjs",
  ],
  process.execPath,
);
process.exit(here && runOnOtherNode() ? 0 : 1);

/** Runs test files; the bundle runs on the Node at `node`. Answers whether all went well. */
function runTests(files, node) {
  const paths = files.map((file) => join(root, "e2e", "conformance", file));
  const env = { ...process.env, BAKE_AMI_NODE: node };
  const { status } = spawnSync(process.execPath, ["--test", "--test-concurrency=2", "--test-reporter=spec", ...paths], {
    stdio: "inherit",
    cwd: root,
    env,
  });
  return status === 0;
}

/** The tests that start a container engine of their own. */
function containerTests() {
  if (process.env.BAKE_AMI_SKIP_DOCKER !== "1") return ["containers.test.mjs"];
  console.log("SKIPPED: BAKE_AMI_SKIP_DOCKER is set; no build in a container was interrupted.");
  return [];
}

/** GitHub runs the Action on Node 24, the command line runs from Node 20 on. */
function runOnOtherNode() {
  const major = process.version.startsWith("v24.") ? 20 : 24;
  const folder = mkdtempSync(join(tmpdir(), "bake-ami-node-"));
  const name = `node-${process.platform}-${process.arch}`;
  try {
    const install = ["install", "--no-save", "--silent", "--prefix", folder, `${name}@${major}`];
    const node = join(folder, "node_modules", name, "bin", "node");
    if (spawnSync("npm", install).status !== 0 || !existsSync(node)) {
      console.log(`SKIPPED: the examples with Node ${major}, as npm did not give ${name}@${major}.`);
      return true;
    }
    console.log(`The examples with Node ${major}:`);
    return runTests(["bakes.test.mjs"], node);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function checkBundle() {
  return existsSync(join(root, "dist", "main.js")) ? [] : ["dist/: npm run build"];
}

function checkRoot() {
  return process.getuid?.() === 0
    ? []
    : ["root: instances are mounts and processes of their own (run it with sudo -E)"];
}

function checkMoto() {
  const there = () => spawnSync("python3", ["-c", "import moto.server"]).status === 0;
  if (there()) return [];
  const packages = ["moto[server,ec2,ssm,sts,iam]>=5"];
  console.log("installing moto with pip");
  for (const more of [[], ["--break-system-packages"]]) {
    if (
      spawnSync("python3", ["-m", "pip", "install", "-q", ...more, ...packages], { stdio: "inherit" }).status === 0 &&
      there()
    )
      return [];
  }
  return ["moto: pip install 'moto[server,ec2,ssm,sts,iam]'"];
}

function checkPrograms() {
  const needs = { "openssh-server": "/usr/sbin/sshd", sudo: "/usr/bin/sudo", "openssh-client": "/usr/bin/ssh-keygen" };
  const absent = () => Object.entries(needs).filter(([, path]) => !existsSync(path));
  if (absent().length > 0 && existsSync("/usr/bin/apt-get")) {
    console.log(
      `installing ${absent()
        .map(([name]) => name)
        .join(", ")}`,
    );
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    spawnSync("apt-get", ["update", "-q"], { stdio: "ignore", env });
    spawnSync("apt-get", ["install", "-y", "-q", "--no-install-recommends", ...absent().map(([name]) => name)], {
      stdio: "ignore",
      env,
    });
  }
  return absent().map(([name, path]) => `${name}: ${path} is not there`);
}
