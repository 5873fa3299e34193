import { describe, expect, test } from "@jest/globals";
import { formatPlace } from "../../src/core/source.js";
import type { CheckContext } from "../../src/options/schema.js";
import { makePlan } from "../../src/plan/make-plan.js";
import type { ReadyBuild } from "../../src/plan/plan.js";
import { loadJsonTemplate } from "../../src/template/json/load.js";
import type { TemplateInputs } from "../../src/template/template.js";
import { lookups } from "../support/lookups.js";
import { catalog } from "../support/small-catalog.js";

const checks: CheckContext = {
  pathFromTemplate: () => undefined,
  pathKind: (path) => (path === "there.sh" ? "file" : "missing"),
  readText: () => undefined,
  env: () => undefined,
  now: () => 0,
};

function plan(text: string, inputs: Partial<TemplateInputs> = {}) {
  const all = { path: "t.json", variables: [], variableFiles: [], only: [], except: [], ...inputs };
  const { template, diagnostics, secrets } = loadJsonTemplate(all, lookups({ files: { "t.json": text } }));
  if (!template) throw new Error(diagnostics[0]?.summary);
  const made = makePlan(template, catalog, checks, { secrets, reevaluate: undefined });
  return { ...made, diagnostics: [...diagnostics, ...made.diagnostics] };
}

const report = (text: string) =>
  plan(text).diagnostics.map(
    ({ severity, code, range, summary }) =>
      `${severity} ${code} ${range ? formatPlace(range).slice(7) : "-"} ${summary}`,
  );

/** Returns a template with one builder, and a section on the second line. */
const around = (section: string, options = "") =>
  `{"builders": [{"type": "machine", "ami_name": "web"${options}}],\n${section}}`;

function ready(text: string): ReadyBuild {
  const [build] = plan(text).plan?.builds ?? [];
  if (build?.state !== "ready") throw new Error("the build is not ready");
  return build;
}

describe("diagnostics", () => {
  test.each<[string, string, readonly string[]]>([
    [
      "an unknown builder",
      '{"builders": [{"type": "machin"}]}',
      ['error unknown-builder 1:24 Unknown builder "machin"'],
    ],
    [
      "an unknown provisioner",
      around('"provisioners": [{"type": "shel"}]'),
      ['error unknown-provisioner 2:27 Unknown provisioner "shel"'],
    ],
    [
      "an unknown post-processor",
      around('"post-processors": ["nope"]'),
      ['error unknown-post-processor 2:21 Unknown post-processor "nope"'],
    ],
    [
      "an unknown option",
      around('"_": ""', ', "bogus": 1'),
      ['error unknown-option 1:54 Unknown configuration key: "bogus"'],
    ],
    [
      "an unknown nested option",
      around('"_": ""', ', "device": {"bogus2": 1}'),
      ['error unknown-option 1:65 Unknown configuration key: "device.bogus2"'],
    ],
    [
      "a comment inside a builder",
      around('"_": ""', ', "_comment": "x"'),
      ['error unknown-option 1:54 Unknown configuration key: "_comment"'],
    ],
    ["a missing option", '{"builders": [{"type": "machine"}]}', ['error missing-option 1:15 "ami_name" is required']],
    [
      "a bad boolean",
      around('"_": ""', ', "encrypt_boot": "maybe"'),
      ['error wrong-option-value 1:70 "encrypt_boot" must be true or false, not "maybe"'],
    ],
    [
      "an unknown function",
      around('"_": ""', ', "password": "a{{nofunc}}"'),
      ['error unknown-function 1:70 Function "nofunc" not defined'],
    ],
    [
      "an unknown function in late text",
      around('"_": ""', ', "tags": {"a": "{{ .X | nofunc }}"}'),
      ['error unknown-function 1:77 Function "nofunc" not defined'],
    ],
    [
      "env outside variables",
      around('"_": ""', ', "password": "{{env `X`}}"'),
      ["warning function-outside-variables 1:69 Packer does not allow env vars here: X"],
    ],
    [
      "an undeclared variable, once by name",
      around('"_": ""', ', "password": "{{user `p`}}", "tags": {"a": "{{user `p`}}{{user `q`}}"}'),
      [
        'warning undeclared-variable 1:69 Variable "p" is not declared: its value is empty',
        'warning undeclared-variable 1:111 Variable "q" is not declared: its value is empty',
      ],
    ],
    [
      "clean_ami_name, once",
      around('"_": ""', ', "password": "{{clean_ami_name `a`}}", "tags": {"a": "{{clean_ami_name `b`}}"}'),
      ['warning deprecated-function 1:69 "clean_ami_name" was renamed to "clean_resource_name"'],
    ],
    [
      "a bad duration",
      around('"provisioners": [{"type": "shell", "pause_before": "soon"}]'),
      ['error wrong-option-value 2:52 "pause_before" is not a duration: "soon"'],
    ],
    [
      "a bad number of retries",
      around('"provisioners": [{"type": "shell", "max_retries": "-1"}]'),
      ['warning invalid-options 2:51 "max_retries" is negative and has no effect'],
    ],
    [
      "a missing script",
      around('"provisioners": [{"type": "shell", "script": "gone.sh"}]'),
      ["error invalid-options 2:46 no such file or directory: 'gone.sh'"],
    ],
    [
      "an unknown build value",
      around('"provisioners": [{"type": "shell", "script": "{{build `Nope`}}"}]'),
      ['error unknown-build-value 2:49 "build" has no value "Nope" here'],
    ],
    [
      "several errors of one builder",
      '{"builders": [{"type": "machine", "bogus": 1, "encrypt_boot": "maybe", "ami_name": "{{nofunc}}"}]}',
      [
        'error unknown-option 1:35 Unknown configuration key: "bogus"',
        'error wrong-option-value 1:63 "encrypt_boot" must be true or false, not "maybe"',
        'error unknown-function 1:87 Function "nofunc" not defined',
      ],
    ],
    ["a check", around('"_": ""').replace('"web"', '"webserver"'), ["error invalid-options 1:47 too long"]],
  ])("%s", (_, text, expected) => {
    expect(report(text)).toEqual(expected);
    expect(plan(text).plan === undefined).toBe(expected.some((line) => line.startsWith("error")));
  });

  test("hints suggest the closest name, or list the supported ones", () => {
    const text = '{"builders": [{"type": "machin"}], "provisioners": [{"type": "zzz"}]}';
    expect(plan(text).diagnostics.map(({ hint }) => hint)).toEqual([
      'Did you mean "machine"?',
      "Use one of: shell, shell-local.",
    ]);
  });

  test("an error in a provisioner is reported once, not for each build", () => {
    const text =
      '{"builders": [{"type": "machine", "ami_name": "a"}, {"type": "machine", "name": "b", "ami_name": "b"}],\n"provisioners": [{"type": "shell", "bogus": 1}]}';
    expect(report(text)).toEqual(['error unknown-option 2:36 Unknown configuration key: "bogus"']);
  });

  test("builds that are not selected are not checked", () => {
    const text = '{"builders": [{"type": "machine", "ami_name": "a"}, {"type": "nope"}]}';
    expect(plan(text, { only: ["machine"] }).diagnostics).toEqual([]);
  });
});

describe("known but unsupported types and options", () => {
  test.each([
    [
      "a builder",
      '{"builders": [{"type": "qemu"}]}',
      "unsupported-kind",
      'Builder "qemu" is not supported; builds that use it fail',
    ],
    [
      "a provisioner",
      around('"provisioners": [{"type": "powershell"}]'),
      "unsupported-kind",
      'Provisioner "powershell" is not supported; builds that use it fail',
    ],
    [
      "a post-processor",
      around('"post-processors": ["atlas"]'),
      "unsupported-kind",
      'Post-processor "atlas" is not supported; builds that use it fail',
    ],
    [
      "an option",
      around('"_": ""', ', "vault": "x"'),
      "unsupported-option",
      '"vault" is not supported yet; builds that use it fail',
    ],
    [
      "a value that Packer's build cannot use",
      around('"_": ""', ', "size": "odd"'),
      "unusable-option",
      '"size" is odd; the build fails',
    ],
    [
      "a remote provisioner without a machine",
      around('"provisioners": [{"type": "shell"}]', ', "communicator": "none"'),
      "machine-missing",
      'Provisioner "shell" needs a machine, but "communicator" is "none"; the build fails',
    ],
    [
      "a provisioner for Unix on Windows",
      around('"provisioners": [{"type": "shell"}]', ', "communicator": "winrm"'),
      "unix-missing",
      'Provisioner "shell" runs commands of Unix, but "communicator" is "winrm"; the build fails',
    ],
  ])("%s is a warning, and an error of its build", (_, text, code, summary) => {
    const made = plan(text);
    expect(made.diagnostics).toMatchObject([{ severity: "warning", code, summary }]);
    expect(made.plan?.builds).toMatchObject([
      { state: "refused", diagnostics: [{ severity: "error", code, summary }] },
    ]);
  });

  test("other builds can still run", () => {
    const made = plan('{"builders": [{"type": "qemu"}, {"type": "machine", "ami_name": "a"}]}');
    expect(made.plan?.builds.map(({ state, identity }) => [identity.name, state])).toEqual([
      ["machine", "ready"],
      ["qemu", "refused"],
    ]);
  });

  test("a provisioner on the runner needs no machine", () => {
    expect(report(around('"provisioners": [{"type": "shell-local"}]', ', "communicator": "none"'))).toEqual([]);
  });
});

describe("a ready build", () => {
  test("has decoded options with places", () => {
    const build = ready(
      around('"_": ""', ', "password": "s3cret", "tags": {"Name": "{{ .SourceAMI }}-{{build_name}}"}'),
    );
    const options = build.options as { tags: { value: { render(fields: object): string } }[] };
    expect(options.tags[0]?.value.render({ SourceAMI: "ami-1" })).toBe("ami-1-machine");
    expect(formatPlace(build.place("tags"))).toBe("t.json:1:84");
  });

  test("has provisioners with generic keys, decoded again with the data of the build", () => {
    const build = ready(
      around(
        '"provisioners": [{"type": "shell", "inline": ["{{build `Host`}} {{ .ID }}"], "execute_command": "{{.Path}}", "pause_before": "2s", "timeout": "1m", "max_retries": "{{user `n`}}"}],\n"variables": {"n": "3"}',
      ),
    );
    const [provisioner] = build.provisioners;
    expect(provisioner).toMatchObject({ pauseBefore: 2000, timeout: 60_000, maxRetries: 3, continueOnError: false });
    const prepared = provisioner?.prepare({ Host: "192.0.2.1", ID: "i-1" });
    expect(prepared?.ok && prepared.options).toMatchObject({ inline: ["192.0.2.1 i-1"] });
    expect(provisioner?.prepare({ ID: "i-1" })).toMatchObject({
      ok: false,
      diagnostics: [{ code: "unknown-build-value" }],
    });
  });

  test("has pipelines of post-processors", () => {
    const build = ready(
      around(
        '"post-processors": ["manifest", [{"type": "manifest", "output": "{{build_name}}.json", "keep_input_artifact": true}]]',
      ),
    );
    expect(build.postProcessors.map((pipeline) => pipeline.map((part) => part.prepare({})))).toMatchObject([
      [{ ok: true, options: { output: "m.json" } }],
      [{ ok: true, options: { output: "machine.json" } }],
    ]);
    expect(build.postProcessors[1]?.[0]?.keepInputArtifact).toBe(true);
  });
});

test("secrets are collected from the template and from options; sensitive variables have no value", () => {
  const text =
    '{"variables": {"p": "s1", "q": "open"}, "sensitive-variables": ["p"], "builders": [{"type": "machine", "ami_name": "a", "password": "s2"}]}';
  const made = plan(text);
  expect(made.secrets).toEqual(["s1", "s2"]);
  expect(made.plan?.secrets).toEqual(["s1", "s2"]);
  expect(made.plan?.variables).toEqual([
    { name: "p", value: undefined },
    { name: "q", value: "open" },
  ]);
});
