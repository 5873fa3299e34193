import { abortReason } from "../core/clock.js";
import { type ExecResult, runsWindows } from "../core/communicator.js";
import { BakeError, messageOf } from "../core/errors.js";
import type { TestResult } from "../core/image-tests.js";
import { limitedOutput } from "../core/output.js";
import type { ProvisionerContext } from "../core/parts.js";
import { plainLine } from "../core/plain.js";
import { type ProbeResult, poll } from "../core/poll.js";
import { formatDuration, shellQuote } from "../core/text.js";
import { howEnded, succeeded } from "../provisioners/command-run.js";
import { shellCommand } from "../ssh/transfer/remote-path.js";
import { resultsOf } from "./results.js";

/** Longest wait for the end of the boot, in milliseconds. */
const LIMIT = 10 * 60_000;

const INTERVAL = { first: 1000, max: 5000 };

/** Most bytes that are read of one command. */
const MOST_OUTPUT = 64_000;

/** What a program says about the boot. */
type Verdict =
  | { readonly state: "waiting"; readonly text: string }
  /** `message` is undefined if it has finished without a problem. */
  | {
      readonly state: "passed" | "failed" | "skipped";
      readonly message: string | undefined;
      readonly lines: readonly string[];
    }
  /** The machine does not have the program. */
  | { readonly state: "absent" };

interface BootTest {
  readonly name: string;
  readonly what: string;
  probe(context: ProvisionerContext): Promise<Verdict>;
}

/**
 * Tests that the boot of a Unix machine has finished without errors: by systemd, and by cloud-init. A machine without these programs has
 * no result. Rejects only with the abort reason.
 */
export async function testBoot(context: ProvisionerContext): Promise<readonly TestResult[]> {
  if (runsWindows(context.machine.communicator)) return [];
  const systemd = await testOne(
    { name: "boot: systemd", what: "systemd to finish the boot", probe: probeSystemd },
    context,
  );
  const isBooted = systemd.length > 0 && systemd.every(({ outcome }) => outcome !== "skipped");
  const probe = (each: ProvisionerContext) => probeCloudInit(each, isBooted);
  return [...systemd, ...(await testOne({ name: "boot: cloud-init", what: "cloud-init to finish", probe }, context))];
}

async function testOne({ name, what, probe }: BootTest, context: ProvisionerContext): Promise<readonly TestResult[]> {
  const { surroundings, signal, narrator } = context;
  const began = surroundings.clock.now();
  let last = "";
  const once = async (): Promise<ProbeResult<Exclude<Verdict, { state: "waiting" }>>> => {
    const verdict = await probe(context);
    if (verdict.state !== "waiting") return { state: "done", value: verdict };
    last = verdict.text;
    return { state: "waiting", progress: { text: last } };
  };
  const verdict = await poll({
    clock: surroundings.clock,
    signal,
    probe: once,
    interval: INTERVAL,
    deadline: LIMIT,
    onDeadline: () => new BakeError(`still "${last}" after ${formatDuration(LIMIT)}`, { code: "boot-not-finished" }),
    onProgress: (elapsed, progress) =>
      narrator.emit({ type: "progress", what: `waiting for ${what}`, elapsed, text: progress?.text }),
  }).catch((error: unknown): Verdict => {
    if (signal.aborted) throw abortReason(signal);
    return { state: "failed", message: messageOf(error), lines: [] };
  });
  if (verdict.state === "absent" || verdict.state === "waiting") return [];
  const { state: outcome, message, lines } = verdict;
  const test = {
    name: "",
    group: undefined,
    end: undefined,
    outcome,
    duration: surroundings.clock.now() - began,
    message,
    lines,
  };
  const report = { format: "TAP", tests: [test], problem: undefined } as const;
  return resultsOf({ name, failure: undefined, duration: test.duration, report, lastLines: [] }, narrator.secrets);
}

/** Prints that a program is missing. */
const ABSENT = "bake-ami: absent";

/** Returns what a program of the system prints, also where the login shell has a short PATH. */
async function readProgram(
  program: string,
  script: string,
  { machine, signal }: ProvisionerContext,
): Promise<{ readonly end: ExecResult; readonly text: string }> {
  const output = limitedOutput(MOST_OUTPUT, signal, () => {
    return new BakeError(`${program} printed more than ${MOST_OUTPUT} bytes`, { code: "output-too-long" });
  });
  const path = "PATH=$PATH:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin; export PATH LC_ALL=C";
  const end = await machine.communicator.exec(
    shellCommand(
      `${path}; command -v ${program} >/dev/null 2>&1 || { echo ${shellQuote(ABSENT)}; exit 0; }; ${script}`,
    ),
    { signal: output.signal, onOutput: output.push, pty: false },
  );
  if (end.status !== "exited") throw new BakeError(howEnded(end), { code: "boot-not-known" });
  return { end, text: output.text() };
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}

/** States of the manager in which the boot has not finished (systemctl(1), `is-system-running`). */
const STARTING: ReadonlySet<string> = new Set(["initializing", "starting"]);

/** `--wait` of `is-system-running` needs systemd 240, so the state is read again until it is final. */
async function probeSystemd(context: ProvisionerContext): Promise<Verdict> {
  const { text } = await readProgram("systemctl", "systemctl is-system-running 2>&1", context);
  if (text.includes(ABSENT)) return { state: "absent" };
  const state = plainLine(text).trim();
  if (STARTING.has(state)) return { state: "waiting", text: state };
  if (state === "running") return { state: "passed", message: undefined, lines: [] };
  if (state === "offline") {
    return { state: "skipped", message: "systemd does not run on this instance", lines: [] };
  }
  if (state !== "degraded") return { state: "failed", message: state || "systemctl printed no state", lines: [] };
  const units = await failedUnits(context);
  const named = units.length === 0 ? "" : `: failed unit${units.length === 1 ? "" : "s"} ${units.join(", ")}`;
  return { state: "failed", message: `${state}${named}`, lines: await statusOf(units, context) };
}

/** A name of a unit, without characters that a shell reads. */
const UNIT = /^[\w@.:\\-]+\.[a-z]+$/;

async function failedUnits(context: ProvisionerContext): Promise<readonly string[]> {
  const { text } = await readProgram("systemctl", "systemctl --failed --no-legend --no-pager --plain 2>&1", context);
  // Older versions begin the line of a failed unit with a dot.
  return linesOf(text).flatMap((line) => line.split(/\s+/).find((word) => UNIT.test(word)) ?? []);
}

/** Most failed units whose status is shown. */
const MOST_UNITS = 3;

async function statusOf(units: readonly string[], context: ProvisionerContext): Promise<readonly string[]> {
  if (units.length === 0) return [];
  const names = units.slice(0, MOST_UNITS).map(shellQuote).join(" ");
  const { text } = await readProgram(
    "systemctl",
    `systemctl status --no-pager --full --lines=5 -- ${names} 2>&1`,
    context,
  );
  return linesOf(text);
}

/** States of cloud-init before it has finished, by their names in all versions. */
const NOT_STARTED: ReadonlySet<string> = new Set(["not run", "not started"]);

/** Reads `cloud-init status`. Its exit status says whether there were errors, as the distribution defines it. */
async function probeCloudInit(context: ProvisionerContext, isBooted: boolean): Promise<Verdict> {
  const { end, text } = await readProgram("cloud-init", "cloud-init status --long 2>&1", context);
  if (text.includes(ABSENT)) return { state: "absent" };
  const state = /^\W*status:\s*(.*)$/m.exec(text)?.[1]?.trim();
  const lines = linesOf(text);
  if (state === undefined) {
    // Versions before 17.1 do not have the command.
    const isOld = /invalid choice|unrecognized arguments/.test(text);
    if (isOld) return { state: "skipped", message: "this version of cloud-init has no status", lines };
    return { state: "failed", message: lines.at(-1) ?? `cloud-init status: ${howEnded(end)}`, lines };
  }
  if (NOT_STARTED.has(state) && isBooted) return { state: "skipped", message: "cloud-init did not run", lines };
  if (state === "running" || NOT_STARTED.has(state)) return { state: "waiting", text: state };
  if (state === "disabled") return { state: "skipped", message: "cloud-init is disabled", lines };
  if (succeeded({ end }) && state !== "error") return { state: "passed", message: undefined, lines };
  return { state: "failed", message: [state, detailIn(lines)].filter((part) => part !== "").join(": "), lines };
}

/** Returns the lines after `detail:` or of the first errors, in one line. */
function detailIn(lines: readonly string[]): string {
  const at = lines.findIndex((line) => /^(detail|errors|recoverable_errors):/.test(line));
  if (at < 0) return "";
  const own = lines[at]?.replace(/^\w+:\s*/, "") ?? "";
  const following = lines.slice(at + 1).filter((line) => !/^[a-z_]+: *\S*$/.test(line));
  return [own, ...following]
    .map((line) => line.trim())
    .filter((line) => line !== "" && line !== "[]")
    .join(" ");
}
