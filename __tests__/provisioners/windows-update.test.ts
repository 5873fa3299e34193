import { expect, test } from "@jest/globals";
import { BakeError, Cancelled } from "../../src/core/errors.js";
import { windowsUpdateOptions } from "../../src/provisioners/windows-update/options.js";
import { run } from "../../src/provisioners/windows-update/run.js";
import { decode } from "./provision.js";
import { cleanup, provisionWindows } from "./windows/machine.js";

const SCRIPT = "C:/Windows/Temp/packer-windows-update-id1.ps1";

type End = number | "disconnected" | Error;

/** A Windows whose installations end as given, and which restarts at once. */
function windows(ends: readonly End[]) {
  const left = [...ends];
  let restarted = 0;
  return (text: string, { now }: { now: number }) => {
    if (text.startsWith("shutdown.exe")) restarted = now;
    if (text.includes("restarted.")) return { stdout: `W restarted.\r\nuptime ${now - restarted - 500}\r\n` };
    if (!text.startsWith("powershell -executionpolicy")) return undefined;
    const end = left.shift() ?? 0;
    if (end instanceof Error) return { error: end };
    const output = { stdout: "Searching for updates...\r\n" };
    if (end === "disconnected") return { ...output, end: { status: "disconnected" } as const };
    return { ...output, end: { status: "exited", code: end } as const };
  };
}

const provision = (options: object, ends: readonly End[] = []) =>
  provisionWindows({ schema: windowsUpdateOptions, run }, options, { answer: windows(ends) });

test("updates are installed by SYSTEM in a scheduled task, and the script is removed", async () => {
  const { error, requests, said, output } = await provision({});
  expect(error).toBeUndefined();
  expect(said).toEqual(["Running Windows update..."]);
  expect(output).toEqual(["Searching for updates..."]);
  expect(requests[0]).toMatchObject({
    file: SCRIPT,
    text: expect.stringContaining("Search('BrowseOnly=0 and IsInstalled=0')"),
  });
  expect(requests[1]).toMatchObject({
    text: expect.stringMatching(
      /<UserId>SYSTEM<\/UserId>[\s\S]*\/c powershell -executionpolicy bypass -file C:\/Windows\/Temp\/packer-windows-update-id1\.ps1 /,
    ),
  });
  expect(cleanup(requests)).toEqual([expect.stringContaining("packer-windows-update-id1.ps1")]);
});

test("criteria, filters and limit are literals of the script", async () => {
  const { requests } = await provision({
    search_criteria: "Type='Software'",
    filters: ["exclude:$_.Title -like '*Preview*'", "include:$true"],
    update_limit: 25,
  });
  const text = requests[0] && "text" in requests[0] ? requests[0].text : "";
  expect(text).toContain("Search('Type=''Software''')");
  expect(text).toContain("$filters = @('exclude:$_.Title -like ''*Preview*''', 'include:$true')");
  expect(text).toContain("$limit = 25\n");
});

test("another user has its password on the standard input", async () => {
  const { requests, events } = await provision({ username: "Administrator", password: "p$w" });
  expect(requests).toContainEqual(expect.objectContaining({ stdin: `${Buffer.from("p$w").toString("base64")}\n` }));
  expect(events).toContainEqual(expect.objectContaining({ type: "secret", value: "p$w" }));
});

test.each([
  ["exit code 101", 101],
  ["101 as Windows Server 2012 reports it", 2147942501],
  ["the same as a signed number", -2147024795],
])("Windows restarts on %s, and updates are searched for again", async (_name, code) => {
  const { error, said } = await provision({}, [code, 0]);
  expect(error).toBeUndefined();
  expect(said).toEqual([
    "Running Windows update...",
    "Restarting Machine",
    "Waiting for machine to restart...",
    "Machine successfully restarted, moving on",
    "Running Windows update...",
  ]);
});

test("more updates than the limit are installed without a restart between", async () => {
  expect((await provision({}, [102, 102, 0])).said).toEqual(Array(3).fill("Running Windows update..."));
});

test("a failure is tried again, update_max_retries times", async () => {
  const { error, requests } = await provision({ update_max_retries: 3 }, [1, 1, 1, 0]);
  expect(error).toMatchObject({
    code: "windows-update-failed",
    message: "Windows update failed: exit status 1",
    detail: expect.stringContaining("Searching for updates..."),
  });
  expect(requests.filter((each) => "file" in each && each.file === SCRIPT)).toHaveLength(3);
});

test("after a lost connection the task is ended before the next try", async () => {
  const { error, requests } = await provision({}, ["disconnected", 0]);
  expect(error).toBeUndefined();
  expect(cleanup(requests)[0]).toContain("schtasks.exe /end /tn packer-id2");
});

test("an abort ends the task and removes the script", async () => {
  const abort = new AbortController();
  const answer = (text: string) => {
    if (!text.startsWith("powershell -executionpolicy")) return undefined;
    abort.abort(new Cancelled("stop"));
    return { error: new Cancelled("stop") };
  };
  const changes = { signal: abort.signal };
  const { error, requests } = await provisionWindows({ schema: windowsUpdateOptions, run }, {}, { answer, changes });
  expect(error).toMatchObject({ message: "stop" });
  expect(cleanup(requests)).toEqual([expect.stringContaining("schtasks.exe /end"), expect.stringMatching(/^del /)]);
});

test("an update that is found again after each restart ends with an error", async () => {
  const { error } = await provision({}, Array(60).fill(101));
  expect(error).toMatchObject({ code: "windows-update-endless", hint: expect.stringContaining('"filters"') });
});

test("other errors of the connection are not tried again", async () => {
  const quota = new BakeError("too many shells", { code: "winrm-quota" });
  expect((await provision({}, [quota])).error).toBe(quota);
});

test.each([
  ["a filter without an action", { filters: ["$true"] }, '"filters" has an entry without an action: "$true"'],
  ["a negative limit", { update_limit: -1 }, '"update_limit" must not be negative'],
])("validation: %s", (_name, options, summary) => {
  expect(decode(windowsUpdateOptions, options, "/").diagnostics.map((each) => each.summary)).toEqual([summary]);
});
