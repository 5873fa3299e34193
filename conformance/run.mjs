/**
 * `npm run test:conformance`: sees to it that moto, OpenSSH's server and sudo are here, then runs the tests against them.
 * `npm run test:faults` runs the fault table against the project's own cloud.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./clouds.mjs";

const [what] = process.argv.slice(2);
if (process.env.BAKE_AMI_SKIP_CONFORMANCE === "1") {
  console.log("SKIPPED: BAKE_AMI_SKIP_CONFORMANCE is set; nothing was tried against moto and OpenSSH.");
  process.exit(0);
}
const missing = what === "faults" ? checkRoot() : [...checkRoot(), ...checkMoto(), ...checkPrograms()];
if (missing.length > 0) {
  console.error(`The conformance tests cannot run here:\n${missing.map((each) => `  - ${each}`).join("\n")}`);
  console.error("Set BAKE_AMI_SKIP_CONFORMANCE=1 to leave them out.");
  process.exit(1);
}
const files = what === "faults" ? ["faults.test.mjs"] : ["bakes.test.mjs", "interruptions.test.mjs"];
const paths = files.map((file) => join(root, "conformance", file));
const { status } = spawnSync(process.execPath, ["--test", "--test-concurrency=2", "--test-reporter=spec", ...paths], {
  stdio: "inherit",
  cwd: root,
});
process.exit(status ?? 1);

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
