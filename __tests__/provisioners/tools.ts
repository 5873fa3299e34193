import { execFileSync } from "node:child_process";
import { describe } from "@jest/globals";

/**
 * `describe` for tests that run a program of this machine's for real. Where it is not installed they are skipped, and said to be
 * so; with BAKE_AMI_REQUIRE_TOOLS=1, as in CI, they fail instead.
 */
export function describeWith(program: string, install: string): typeof describe | typeof describe.skip {
  if (isInstalled(program) || process.env.BAKE_AMI_REQUIRE_TOOLS === "1") return describe;
  process.stderr.write(`SKIPPED: ${program} is not installed, so nothing is tested with it (${install}).\n`);
  return describe.skip;
}

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
