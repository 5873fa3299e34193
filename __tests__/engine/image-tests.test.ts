import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "@jest/globals";
import { localContents } from "../../src/local/contents.js";
import { describeSandbox } from "../local/instances/logins.js";
import { writeFiles } from "../provisioners/recording.js";
import { temporaryFolder } from "../support/folder.js";
import { runReally } from "./running.js";

const folder = temporaryFolder("engine-image-tests");
const at = (...names: string[]) => join(folder(), ...names);

const FILTER = {
  filters: { name: "ubuntu/images/*24.04*", architecture: "x86_64" },
  owners: ["099720109477"],
  most_recent: true,
};

beforeAll(() => {
  const builder = {
    ...{ type: "amazon-ebs", region: "us-east-1", instance_type: "t3.micro", ssh_username: "ubuntu" },
    ...{ ami_name: "web", source_ami_filter: FILTER },
  };
  const provisioners = [{ type: "shell", inline: ["echo 1.2 | sudo tee /etc/web-version"] }];
  writeFiles(folder(), {
    "web.json": JSON.stringify({ builders: [builder], provisioners }),
    "none.json": JSON.stringify({
      builders: [{ ...builder, communicator: "none" }],
    }),
    "tests/10-version.sh":
      '#!/bin/sh\necho 1..1\n[ "$(cat /etc/web-version)" = 1.2 ] && echo ok 1 - version || echo not ok 1 - version\n',
  });
});

const run = (args: readonly string[]) => runReally(args, { cwd: folder(), env: { XDG_STATE_HOME: folder() } });

test.each([
  [
    "validate",
    "web.json",
    "tests/10-verison.sh",
    'Flag "-test" names a path that does not exist: "tests/10-verison.sh"',
  ],
  ["build", "web.json", "tests/10-verison.sh", 'Flag "-test" names a path that does not exist: "tests/10-verison.sh"'],
  ["build", "none.json", "tests", 'Test "tests" needs a login, and build "amazon-ebs" has the communicator "none"'],
])("%s %s refuses the test %s before anything is created", async (command, template, path, summary) => {
  const { code, err } = await run([command, `-test=${path}`, template]);
  expect(code).toBe(1);
  expect(err).toContain(`Error: ${summary}`);
  expect(existsSync(at("bake-ami"))).toBe(false);
});

describeSandbox("a bake with tests", () => {
  const state = () => at("state");
  const bake = (...more: readonly string[]) =>
    run(["build", "-local", `-local-state=${state()}`, "-skip-unchanged", ...more, "web.json"]);

  test("publishes an image that passes, and tests it again without a bake when a test changes", async () => {
    const first = await bake("-test=tests", "-test-instance-types=t3.micro,t3.small");
    expect(first).toMatchObject({ code: 0 });
    for (const type of ["t3.micro", "t3.small"]) {
      expect(first.out).toContain(`Testing on ${type}: tests/10-version.sh`);
      expect(first.out).toContain(`${type}: tests/10-version.sh: 1 passed`);
    }
    const [image] = localContents(state()).images;
    expect(localContents(state()).parameters).toMatchObject([{ value: image?.id }]);

    writeFileSync(at("tests/20-fails.sh"), "#!/bin/sh\necho no server >&2\nexit 3\n");
    const second = await bake("-test=tests");
    expect(second.code).toBe(1);
    expect(second.out).toContain(`reusing AMI ${image?.id}`);
    expect(second.out).toContain("Failed: tests/20-fails.sh: exit status 3");
    expect(second.out).not.toContain("web-version");
    expect(localContents(state()).images.map(({ id }) => id)).toEqual([image?.id]);
  });
});
