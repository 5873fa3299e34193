import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { COMMAND_WORDS } from "../../src/cli/words.js";
import type { ImageTestSettings } from "../../src/core/image-tests.js";
import { hostChecks } from "../../src/engine/host.js";
import { type CheckedBuild, checkTests } from "../../src/image-tests/check.js";
import { hashTests } from "../../src/image-tests/hash.js";
import { inWords } from "../../src/report/wording.js";
import { writeFiles } from "../provisioners/recording.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("check-tests");
const at = (...names: string[]) => join(folder(), ...names);

const FILES = {
  "tests/10-web.sh": "echo web",
  "tests/sub/more.sh": "echo more",
  "images/tests/own.sh": "echo own",
  "goss.yaml": "file: {}",
  "profile/inspec.yml": "name: web",
  "profile/controls/web.rb": "control 'web'",
  "hidden/.sh": "",
  "hidden/a~": "",
  "hidden/sub/a.sh": "",
  "bin/inspec": "",
  "bin/goss": "",
  "user-data": "#cloud-config",
  "large-user-data": "x".repeat(16_385),
};

beforeAll(() => writeFiles(folder(), FILES));

const NONE: ImageTestSettings = {
  lines: [],
  instanceTypes: [],
  timeout: 1,
  sshUsername: undefined,
  userData: undefined,
  instanceProfile: undefined,
  onFailure: "remove",
};

const start = { offset: 0, line: 1, column: 1 };

function build(communicator: string, makesImages = true): CheckedBuild {
  return { name: "web", range: { file: "web.json", start, end: start }, makesImages, communicator };
}

/** Returns the problems as the command line prints them. */
function problems(
  settings: Partial<ImageTestSettings>,
  env: Readonly<Record<string, string>> = { PATH: at("bin") },
  builds: readonly CheckedBuild[] = [build("ssh")],
) {
  const checks = hostChecks(folder(), env, "images/web.json");
  return checkTests({ ...NONE, ...settings }, { cwd: folder(), checks, builds })
    .map((each) => inWords(each, COMMAND_WORDS))
    .map(({ severity, summary, hint }) => `${severity}: ${summary} | ${hint}`.replaceAll(folder(), "WORK"));
}

describe("problems that are known before the run", () => {
  const forms = 'A test is a script, a directory of scripts, "inspec:PROFILE" or "goss:FILE".';
  test.each<[string, readonly string[], readonly string[]]>([
    [
      "none",
      ["tests", "tests/10-web.sh", "goss:goss.yaml", "inspec: profile", "inspec:https://example.com/a.tar.gz"],
      [],
    ],
    [
      "a script that is misspelt",
      ["tests/10-wbe.sh"],
      ['error: Flag "-test" names a path that does not exist: "tests/10-wbe.sh" | Did you mean "tests/10-web.sh"?'],
    ],
    [
      "a profile that is misspelt",
      ["inspec:./profil"],
      ['error: Flag "-test" names a path that does not exist: "inspec:./profil" | Did you mean "inspec:./profile"?'],
    ],
    [
      "a path from the directory of the template",
      ["tests/own.sh"],
      [
        'error: Flag "-test" names a path that does not exist: "tests/own.sh" | Write "images/tests/own.sh": relative paths start from the working directory, not from the template\'s directory.',
      ],
    ],
    [
      "a directory that does not exist",
      ["gone/10-web.sh"],
      [
        'error: Flag "-test" names a path that does not exist: "gone/10-web.sh" | Check the path. Relative paths start from the working directory, not from the template\'s directory.',
      ],
    ],
    [
      "another kind of test",
      ["serverspec:spec"],
      [`error: Flag "-test" names a path that does not exist: "serverspec:spec" | ${forms}`],
    ],
    ["a line without a path", ["goss:"], [`error: Flag "-test" has no path: "goss:" | ${forms}`]],
    [
      "a directory of goss files",
      ["goss:tests"],
      [
        'error: Flag "-test" must name a goss file, not a directory: "goss:tests" | Set the path of one goss file, such as "goss:tests/goss.yaml".',
      ],
    ],
    [
      "a directory without scripts",
      ["hidden"],
      [
        'error: Flag "-test" names a directory without scripts: "hidden" | Add a script to it. Hidden files, files that end in ~ and subdirectories are not run.',
      ],
    ],
  ])("%s", (_, lines, expected) => expect(problems({ lines })).toEqual(expected));

  test("a program that is not installed is a warning", () => {
    const lines = ["goss:goss.yaml", "goss:goss.yaml", "inspec:profile"];
    expect(problems({ lines }, { PATH: at("profile") })).toEqual([
      'warning: "inspec" is not installed on this host, and a test needs it | Install InSpec or CINC Auditor in an earlier step of the job.',
      'warning: "goss" is not installed on this host, and a test needs it | Install goss for Linux, with the architecture of the image, in an earlier step of the job, or set GOSS_PATH to its path.',
    ]);
    expect(problems({ lines: ["goss:goss.yaml"] }, { PATH: "", GOSS_PATH: "bin/goss" })).toEqual([]);
    expect(problems({ lines: ["goss:goss.yaml"] }, { PATH: at("bin"), GOSS_PATH: "gone" })).toEqual([
      expect.stringContaining('warning: GOSS_PATH names a file that does not exist: "gone"'),
    ]);
  });

  const PATH = { PATH: "/nowhere" };
  test.each<[string, readonly string[], CheckedBuild, readonly unknown[]]>([
    [
      "a build without a login cannot run tests",
      ["tests"],
      build("none"),
      [
        'error: Test "tests" needs a login, and build "web" has the communicator "none" | Set a communicator, or test only the boot.',
      ],
    ],
    ["a build without a login can test its boot", [], build("none"), []],
    [
      "a Windows build runs scripts alone",
      ["tests", "inspec:https://example.com/a"],
      build("winrm"),
      [
        'error: Test "inspec:https://example.com/a" needs SSH, and build "web" has the communicator "winrm" | Use scripts to test Windows.',
        expect.stringMatching(/^warning: "inspec" is not installed/),
      ],
    ],
    [
      "builds that make no AMIs are not tested",
      [],
      build("docker", false),
      ["warning: The image tests have no effect: the selected builds make no AMIs | undefined"],
    ],
  ])("%s", (_, lines, given, expected) => expect(problems({ lines }, PATH, [given])).toEqual(expected));

  test("user data must be a file of at most 16 KB", () => {
    expect(problems({ userData: at("user-data") })).toEqual([]);
    expect(["gone", "tests", "large-user-data"].flatMap((name) => problems({ userData: at(name) }))).toEqual([
      'error: Flag "-test-user-data" names a file that does not exist: "WORK/gone" | Check the path.',
      'error: Flag "-test-user-data" is not a file: "WORK/tests" | Check the path.',
      'error: Flag "-test-user-data" names a file of 16385 bytes, and EC2 accepts 16384: "WORK/large-user-data" | Shorten the user data, or let it download the rest.',
    ]);
  });
});

describe("the hash of the tests", () => {
  const LINES = ["tests", "inspec:profile", "goss:goss.yaml"];
  const hash = (more: Partial<ImageTestSettings> = {}) => hashTests({ ...NONE, lines: LINES, ...more }, folder());

  test("does not depend on the time, the order of types and settings that test nothing", async () => {
    const first = await hash({ instanceTypes: ["t3.small", "t3.nano"] });
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await hash({ instanceTypes: ["t3.nano", "t3.small"], onFailure: "keep", timeout: 5 })).toBe(first);
  });

  test("changes with the lines, the types and the user data", async () => {
    const hashes = await Promise.all([
      hash(),
      hash({ lines: [...LINES].reverse() }),
      hash({ lines: LINES.slice(1) }),
      hash({ lines: [...LINES, "inspec:https://example.com/a"] }),
      hash({ instanceTypes: ["t3.small"] }),
      hash({ instanceTypes: ["t3.smal", "l"] }),
      hash({ userData: at("user-data") }),
      hash({ userData: at("large-user-data") }),
    ]);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test.each(["tests/10-web.sh", "tests/sub/more.sh", "profile/controls/web.rb", "goss.yaml", "tests/new.sh"] as const)(
    "changes with the content of %s",
    async (name) => {
      const before = await hash();
      writeFiles(folder(), { [name]: "changed" });
      expect(await hash()).not.toBe(before);
      // Not a modification time.
      writeFileSync(at(name), "changed");
      expect(await hash()).toBe(await hash());
    },
  );

  test("of a file that does not exist is an error with its path", async () => {
    await expect(hash({ lines: ["gone"] })).rejects.toMatchObject({
      code: "test-unreadable",
      message: `Cannot read the test "${at("gone")}": no such file or directory`,
    });
  });
});
