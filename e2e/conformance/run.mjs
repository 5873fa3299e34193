/**
 * `npm run test:conformance`: installs moto, the OpenSSH server and sudo if they are missing, then runs the conformance tests, some
 * with a separate container engine. The examples run again with the other supported Node version (20 or 24), if npm provides it.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../harness/clouds.mjs";

if (process.env.BAKE_AMI_SKIP_CONFORMANCE === "1") {
  console.log("SKIPPED: BAKE_AMI_SKIP_CONFORMANCE is set. No conformance test was run.");
  process.exit(0);
}
const missing = [...checkRoot(), ...checkBundle(), ...checkMoto(), ...checkPrograms()];
if (missing.length > 0) {
  console.error(`The conformance tests cannot run. Missing:\n${missing.map((each) => `  - ${each}`).join("\n")}`);
  console.error("Install what is missing, or set BAKE_AMI_SKIP_CONFORMANCE=1 to skip these tests.");
  process.exit(1);
}
const passed = runTests(
  [
    "bakes.test.mjs",
    ...containerTests(),
    "credentials.test.mjs",
    "interruptions.test.mjs",
    "peers.test.mjs",
    "promotion.test.mjs",
    "unfinished.test.mjs",
  ],
  process.execPath,
);
process.exit(passed && runOnOtherNode() ? 0 : 1);

/** Runs test files; the bundle runs on the Node at `node`. Returns true if all tests pass. */
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

/** Returns the test files that start a container engine. */
function containerTests() {
  if (process.env.BAKE_AMI_SKIP_DOCKER !== "1") return ["containers.test.mjs"];
  console.log("SKIPPED: BAKE_AMI_SKIP_DOCKER is set. No container build was tested.");
  return [];
}

/** GitHub runs the action on Node 24; the command line supports Node 20 and later. */
function runOnOtherNode() {
  const major = process.version.startsWith("v24.") ? 20 : 24;
  const folder = mkdtempSync(join(tmpdir(), "bake-ami-node-"));
  const name = `node-${process.platform}-${process.arch}`;
  try {
    const install = ["install", "--no-save", "--silent", "--prefix", folder, `${name}@${major}`];
    const node = join(folder, "node_modules", name, "bin", "node");
    if (spawnSync("npm", install).status !== 0 || !existsSync(node)) {
      console.log(`SKIPPED: the examples with Node ${major}. npm could not install ${name}@${major}.`);
      return true;
    }
    console.log(`Running the examples with Node ${major}:`);
    return runTests(["bakes.test.mjs"], node);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function checkBundle() {
  return existsSync(join(root, "dist", "main.js")) ? [] : ['dist/main.js: run "npm run build"'];
}

function checkRoot() {
  return process.getuid?.() === 0 ? [] : ["root: instances need mounts and namespaces; run the command with sudo -E"];
}

function checkMoto() {
  const isInstalled = () => spawnSync("python3", ["-c", "import moto.server"]).status === 0;
  if (isInstalled()) return [];
  const packages = ["moto[server,ec2,ssm,sts,iam]>=5"];
  console.log("Installing moto with pip");
  for (const more of [[], ["--break-system-packages"]]) {
    if (
      spawnSync("python3", ["-m", "pip", "install", "-q", ...more, ...packages], { stdio: "inherit" }).status === 0 &&
      isInstalled()
    )
      return [];
  }
  return ["moto: run \"pip install 'moto[server,ec2,ssm,sts,iam]'\""];
}

function checkPrograms() {
  const needs = { "openssh-server": "/usr/sbin/sshd", sudo: "/usr/bin/sudo", "openssh-client": "/usr/bin/ssh-keygen" };
  const absent = () => Object.entries(needs).filter(([, path]) => !existsSync(path));
  if (absent().length > 0 && existsSync("/usr/bin/apt-get")) {
    console.log(
      `Installing ${absent()
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
  return absent().map(([name, path]) => `${name}: ${path} does not exist`);
}
