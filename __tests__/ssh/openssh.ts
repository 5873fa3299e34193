import { existsSync } from "node:fs";
import * as jest from "@jest/globals";

/** OpenSSH's server for tests. Its package also has the client, ssh-keygen and ssh-agent. */
export const SSHD = "/usr/sbin/sshd";

const wanted = existsSync(SSHD) || process.env.BAKE_AMI_REQUIRE_TOOLS === "1";
if (!wanted) {
  process.stderr.write(
    "SKIPPED: OpenSSH is not installed, so nothing of this file is tested with it (apt-get install openssh-server).\n",
  );
}

/**
 * `describe` and `test` for files that need OpenSSH. If it is not installed, the tests are skipped with a message. With
 * BAKE_AMI_REQUIRE_TOOLS=1, as in CI, they fail instead.
 */
export const describe = wanted ? jest.describe : jest.describe.skip;
export const test = wanted ? jest.test : jest.test.skip;
