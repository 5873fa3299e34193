import { beforeAll, expect, test } from "@jest/globals";
import { runTests } from "../../src/image-tests/run.js";
import { provisionerContext } from "../provisioners/provision.js";
import { writeFiles } from "../provisioners/recording.js";
import { recordingMachine } from "../provisioners/windows/machine.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("windows-tests");

beforeAll(() =>
  writeFiles(folder(), { "a.ps1": "Write-Output 'a'\n", "b.cmd": "echo b\n", "goss.yaml": "file: {}\n" }),
);

test("on Windows, .ps1 files run in PowerShell and others in cmd.exe, without a test of the boot", async () => {
  const { communicator, requests, clock } = recordingMachine((text) => {
    if (/exit \$LastExitCode/i.test(text)) return { stdout: "1..1\r\nok 1 - service\r\n" };
    return /\.bat/i.test(text) ? { stdout: "wrong\r\n", end: { status: "exited", code: 3 } } : undefined;
  });
  const context = provisionerContext(communicator, folder());
  const results = await runTests(
    { lines: ["a.ps1", "b.cmd", "goss:goss.yaml"], instanceTypes: [] },
    { ...context, surroundings: { ...context.surroundings, clock } },
    { machine: context.machine, instanceType: "t3.large", signal: context.signal },
  );
  expect(results.map(({ name, outcome, message, output }) => [outcome, name, message, ...output])).toEqual([
    ["passed", "a.ps1: service", undefined],
    ["failed", "b.cmd", "exit status 3", "wrong"],
    ["failed", "goss:goss.yaml", "goss tests run on Linux instances only"],
  ]);
  const files = requests.flatMap((each) => ("file" in each ? [each.text.trim()] : []));
  expect(files).toEqual(
    expect.arrayContaining([expect.stringContaining("Write-Output 'a'"), expect.stringContaining("echo b")]),
  );
});
