import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "@jest/globals";
import { takeEngineTurn } from "./engine-turn.js";

/** Why no engine can be used, or undefined; the engine of DOCKER_HOST or of this host must respond. */
function missing(): string | undefined {
  if (!existsSync(BUSYBOX)) return `there is no ${BUSYBOX} (apt-get install busybox-static)`;
  try {
    execFileSync("docker", ["version"], { stdio: ["ignore", "ignore", "pipe"], timeout: 20_000 });
    return undefined;
  } catch (error) {
    return `no container engine responds: ${String(error).trim().split("\n").at(-1)}`;
  }
}

/** Time limit for the turn of other tests, in milliseconds. */
const LONGEST_WAIT = 900_000;

const BUSYBOX = "/bin/busybox";

/**
 * Tests that need a real container engine: `conformance/engine.sh start FOLDER` starts one. Without one they are skipped with
 * a message; with BAKE_AMI_REQUIRE_DOCKER=1 they fail. Test files that use the engine run one at a time.
 */
export function describeWithEngine(name: string, tests: () => void): void {
  const why = missing();
  if (why === undefined) return void describe(name, () => inTurn(tests));
  if (process.env.BAKE_AMI_REQUIRE_DOCKER === "1") throw new Error(`${name}: ${why}`);
  process.stderr.write(`\nSKIPPED: ${name}: ${why}\n`);
  describe.skip(name, tests);
}

/** Runs the tests of one file after those of another. */
function inTurn(tests: () => void): void {
  let next: () => void = () => undefined;
  beforeAll(async () => {
    next = await takeEngineTurn();
  }, LONGEST_WAIT);
  tests();
  afterAll(() => next());
}

/** Returns the output of a docker command. */
export function docker(...args: readonly string[]): string {
  return execFileSync("docker", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

/**
 * Names and images of a test file's own: a base image made of BusyBox before its tests; all images named after `name()` and its
 * containers are removed after them.
 */
export function engineScope(): { readonly base: string; name(what: string): string } {
  const prefix = `bake-ami-test-${randomBytes(4).toString("hex")}`;
  const base = `${prefix}/base:1`;
  beforeAll(() => importBusybox(base));
  afterAll(() => {
    const containers = docker("ps", "-aq", "--filter", `name=${prefix}`);
    if (containers) docker("rm", "-f", "-v", ...containers.split("\n"));
    const images = docker("images", "--format", "{{.Repository}}:{{.Tag}}").split("\n");
    const own = images.filter((image) => image.includes(`${prefix}/`));
    if (own.length > 0) docker("rmi", "-f", ...own);
  });
  return { base, name: (what) => `${prefix}/${what}` };
}

/** Imports a file system that holds BusyBox and the users root and app (1000) as an image whose command is `/bin/sh`. */
export function importBusybox(image: string, program = "docker"): void {
  const root = mkdtempSync(join(tmpdir(), "busybox-"));
  try {
    for (const folder of ["bin", "etc", "root", "tmp", "var"]) mkdirSync(join(root, folder));
    copyFileSync(BUSYBOX, join(root, "bin/busybox"));
    writeFileSync(join(root, "etc/passwd"), "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\n");
    writeFileSync(join(root, "etc/group"), "root:x:0:\napp:x:1000:\n");
    const applets = execFileSync(BUSYBOX, ["--list"], { encoding: "utf8" }).trim().split("\n");
    for (const applet of applets.filter((each) => each !== "busybox"))
      symlinkSync("busybox", join(root, "bin", applet));
    const archive = execFileSync("tar", ["-C", root, "-c", "."], { maxBuffer: 1 << 26 });
    execFileSync(program, ["import", "--change", 'CMD ["/bin/sh"]', "--change", "ENV FROM=base", "-", image], {
      input: archive,
      stdio: ["pipe", "ignore", "pipe"],
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
