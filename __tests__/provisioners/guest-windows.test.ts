import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { chefSoloOptions } from "../../src/provisioners/chef-solo/options.js";
import { run as runChef } from "../../src/provisioners/chef-solo/run.js";
import { puppetMasterlessOptions } from "../../src/provisioners/puppet-masterless/options.js";
import { run as runPuppet } from "../../src/provisioners/puppet-masterless/run.js";
import { saltMasterlessOptions } from "../../src/provisioners/salt-masterless/options.js";
import { temporaryFolder } from "../support/folder.js";
import { decode } from "./provision.js";
import { cleanup, provisionWindows } from "./windows/machine.js";

const folder = temporaryFolder("guest-windows");

beforeAll(() => {
  for (const name of ["modules", "cookbooks"]) mkdirSync(join(folder(), name));
  writeFileSync(join(folder(), "site.pp"), "notify { 'a': }\n");
});

type More = Parameters<typeof provisionWindows>[2];

const puppet = (options: object, more: More = {}) =>
  provisionWindows(
    { schema: puppetMasterlessOptions, run: runPuppet },
    { manifest_file: "site.pp", ...options },
    { cwd: folder(), ...more },
  );
const chef = (options: object, more: More = {}) =>
  provisionWindows({ schema: chefSoloOptions, run: runChef }, options, { cwd: folder(), ...more });

/** Returns what was sent as text: scripts without their common start, lines, and names of files. */
const sent = ({ requests }: Awaited<ReturnType<typeof puppet>>) =>
  requests.map((each) =>
    "file" in each ? each.file : (each.script ?? each.line).replace(/^\$ErrorAction.*?'SilentlyContinue'; /, ""),
  );

const STAGING = "C:/Windows/Temp/packer-puppet-masterless";
const FACTS = 'SET "FACTER_packer_build_name=web" & SET "FACTER_packer_builder_type=amazon-ebs"';

describe("Puppet on Windows, by WinRM or by guest_os_type", () => {
  test("directories, files and the command are for Windows", async () => {
    const ran = await puppet({
      module_paths: ["modules", "modules"],
      puppet_bin_dir: "C:/p q/bin",
      clean_staging_directory: true,
    });
    expect(ran.error).toBeUndefined();
    const made = (path: string) => `[void](New-Item -ItemType Directory -Force -Path '${path}')`;
    expect(sent(ran)).toEqual([
      made(STAGING),
      made(`${STAGING}/module-0`),
      `${STAGING}/module-0`,
      made(`${STAGING}/module-1`),
      `${STAGING}/module-1`,
      made(`${STAGING}/manifests`),
      `${STAGING}/manifests/site.pp`,
      `cd /d ${STAGING} && ${FACTS} && call "C:\\p q\\bin\\puppet" apply --detailed-exitcodes --modulepath="${STAGING}/module-0;${STAGING}/module-1" ${STAGING}/manifests/site.pp`,
      `if (Test-Path -LiteralPath '${STAGING}') { Remove-Item -LiteralPath '${STAGING}' -Recurse -Force }`,
    ]);
  });

  test("elevated_user runs Puppet in a scheduled task, whose file is removed", async () => {
    const changes = { data: { Password: "s3cret" } };
    const { requests } = await puppet(
      { elevated_user: "Administrator", elevated_password: "{{.Password}}" },
      { changes },
    );
    expect(requests).toContainEqual({
      file: "C:/Windows/Temp/packer-elevated-shell-id1.ps1",
      text: expect.stringMatching(/<Arguments>\/c cd \/d .*FACTER_packer_build_name.* &gt; %SYSTEMROOT%/),
    });
    expect(requests).toContainEqual(
      expect.objectContaining({ stdin: `${Buffer.from("s3cret").toString("base64")}\n` }),
    );
    expect(cleanup(requests)).toEqual([expect.stringContaining("packer-elevated-shell-id1.ps1")]);
  });

  test("a Puppet that is not installed is named with what to do", async () => {
    const { error } = await puppet(
      {},
      {
        answer: (text) =>
          text.startsWith("cd /d")
            ? {
                end: { status: "exited", code: 1 },
                stderr: "'puppet' is not recognized as an internal or external command",
              }
            : undefined,
      },
    );
    expect(error).toMatchObject({ code: "puppet-failed", hint: expect.stringContaining("powershell provisioner") });
  });

  test("guest_os_type overrides the communicator", async () => {
    expect(sent(await puppet({ guest_os_type: "unix" }))[0]).toBe("sudo mkdir -p '/tmp/packer-puppet-masterless'");
  });
});

describe("Chef on Windows", () => {
  test("it is installed by Chef's script, and run where that installs it", async () => {
    const ran = await chef({ cookbook_paths: ["cookbooks"], run_list: ["a"], version: "18.4.12" });
    expect(ran.error).toBeUndefined();
    const lines = sent(ran);
    expect(lines[0]).toMatch(
      /\{ iwr -useb https:\/\/omnitruck\.chef\.io\/install\.ps1 \} \| iex; Install-Project -version '18\.4\.12'$/,
    );
    const staging = "C:/Windows/Temp/packer-chef-solo";
    expect(lines.at(-1)).toBe(
      `c:\\opscode\\chef\\bin\\chef-solo.bat --no-color -c ${staging}/solo.rb -j ${staging}/node.json`,
    );
    expect(ran.requests).toContainEqual({
      file: `${staging}/solo.rb`,
      text: expect.stringContaining(`cookbook_path ["${staging}/cookbooks-0"]`),
    });
  });

  test("the template's commands replace both", async () => {
    const lines = sent(
      await chef({ install_command: "choco install chef", execute_command: "chef {{.ConfigPath}} {{.Sudo}}" }),
    );
    expect([lines[0], lines.at(-1)]).toEqual([
      "choco install chef",
      "chef C:/Windows/Temp/packer-chef-solo/solo.rb true",
    ]);
  });
});

test.each([
  ["windows", "Salt on Windows is not supported; the build fails"],
  ["plan9", '"guest_os_type" must be "unix", not "plan9"'],
])("Salt: guest_os_type %s", (type, summary) => {
  const { diagnostics } = decode(saltMasterlessOptions, { local_state_tree: "modules", guest_os_type: type }, folder());
  expect(diagnostics.map((each) => each.summary)).toEqual([summary]);
});
