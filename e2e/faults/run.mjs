/**
 * `npm run test:faults`: the fault tables of bakes. It injects each kind of fault at each API call of a bake in two regions. The built
 * bundle runs as on a GitHub runner, against the local cloud. By default a sample of the rows runs (every eighth call of each kind).
 * The script fails if a row is wrong. Only root can play "full disk", which mounts a disk. Environment variables:
 *
 * - BAKE_AMI_FAULTS=all runs every row; BAKE_AMI_FAULTS=SIGINT one kind; BAKE_AMI_FAULTS="SIGINT:12" one kind at one call.
 * - BAKE_AMI_FAULTS_BAKES="plain,a machine" selects kinds of bake.
 * - BAKE_AMI_FAULTS_AT_ONCE limits how many rows run at the same time, for a machine that has other work.
 * - BAKE_AMI_FAULTS_LOGS is a directory for the logs of wrong rows.
 * - BAKE_AMI_FAULTS_WRITE=1 writes the tables into docs/reliability.md.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { startLocal } from "../harness/clouds.mjs";
import { writeSection } from "./document.mjs";
import { KINDS, SECOND_RUNS } from "./kinds.mjs";
import { bakeWithoutFaults, runRow, writeTemplate } from "./row.mjs";
import { runSecondRow } from "./second-run.mjs";
import { canMount } from "./small-disk.mjs";
import { table } from "./table.mjs";
import { TESTED_KINDS, testedPoints } from "./tested.mjs";
import { ENDPOINT_KINDS, pointsOf, SESSION_KINDS } from "./tunnels.mjs";
import { WINDOWS_KINDS, windowsPoints } from "./windows.mjs";

const selection = process.env.BAKE_AMI_FAULTS ?? "";
/** The sample has every eighth call of each kind. */
const SAMPLE_STEP = 8;
/** Number of clouds without sandboxes; each runs one row at a time. More than one for a CPU, because a row mostly waits. */
const CLOUDS = atMost(5 * cpus().length);
/** Number of clouds with sandboxes behind their instances. */
const CLOUDS_WITH_SANDBOXES = atMost(cpus().length);
/** Calls that a bake with `more options` makes with other parameters, or more often. */
const OF_OPTIONS = new Set(["CreateImage", "CopyImage", "DeleteTags", "PutParameter"]);
/** Calls that replace an image. */
const OF_REPLACING = new Set([...OF_OPTIONS, "DeregisterImage", "DeleteSnapshot"]);
/** Calls that a bake makes only with an instance to log in to, or while this instance exists. */
const OF_INSTANCES = new Set([
  "ImportKeyPair",
  "AuthorizeSecurityGroupIngress",
  "RunInstances",
  "StopInstances",
  "CreateImage",
  "TerminateInstances",
  "DeleteKeyPair",
  "GetParameters",
  "PutParameter",
]);

/** Attempts to run a row until the bake makes its call: the number of Describe calls differs from bake to bake. */
const ATTEMPTS = 3;
/** Interval of progress lines, in milliseconds. */
const PROGRESS_INTERVAL = 30_000;

/** For each kind of bake (`writeTemplate`): the number of clouds, the calls to inject faults at, the kinds of fault and how a row runs. */
const BAKES = {
  plain: { atOnce: CLOUDS, includes: () => true },
  "more options": { atOnce: CLOUDS, includes: ({ action }, plain) => !plain.has(action) || OF_OPTIONS.has(action) },
  replacing: { atOnce: CLOUDS, includes: ({ action }) => OF_REPLACING.has(action) },
  "second run": { atOnce: CLOUDS, includes: () => true, kinds: SECOND_RUNS, runRow: runSecondRow },
  "a machine": { atOnce: CLOUDS_WITH_SANDBOXES, includes: ({ action }) => OF_INSTANCES.has(action) },
  "sent key": { atOnce: CLOUDS_WITH_SANDBOXES, includes: ({ action }) => action === "SendSSHPublicKey" },
  "session manager": throughTunnels(SESSION_KINDS),
  endpoint: throughTunnels(ENDPOINT_KINDS),
  windows: {
    atOnce: CLOUDS,
    includes: () => true,
    points: windowsPoints,
    kinds: WINDOWS_KINDS,
    runRow: (cloud, template, row) => runRow(cloud, template, row, WINDOWS_KINDS),
    flags: ["-local-windows=record"],
  },
  tested: whileTested(),
  "failing tests": whileTested(),
};

/** Rows of these bakes are at the calls of the tests of the image. */
function whileTested() {
  const runOne = (cloud, template, row) => runRow(cloud, template, row, TESTED_KINDS);
  return {
    atOnce: CLOUDS_WITH_SANDBOXES,
    includes: () => true,
    kinds: TESTED_KINDS,
    runRow: runOne,
    points: testedPoints,
  };
}

/** Rows of these bakes are at messages of the tunnel. */
function throughTunnels(kinds) {
  const runOne = (cloud, template, row) => runRow(cloud, template, row, kinds);
  return { atOnce: CLOUDS_WITH_SANDBOXES, includes: () => true, kinds, runRow: runOne, points: pointsOf };
}

const plain = await actionsOfPlainBakes();
for (const bakes of process.env.BAKE_AMI_FAULTS_BAKES?.split(",") ?? Object.keys(BAKES)) {
  const began = Date.now();
  const { kinds = KINDS } = BAKES[bakes];
  const completed = await runKind(bakes, BAKES[bakes]);
  const counted = completed.filter(({ faultedCall, problems }) => faultedCall !== undefined || problems.length > 0);
  const wrong = counted.filter(({ problems }) => problems.length > 0);
  const missed = completed.length - counted.length;
  const missedText =
    missed > 0 ? `; ${missed} more rows were not run: the bake did not make their call in ${ATTEMPTS} attempts` : "";
  const outcome = `${counted.length} rows in ${Math.round((Date.now() - began) / 1000)} s, ${wrong.length} wrong${missedText}.`;
  console.log(`\n${table(counted, Object.keys(kinds))}\n\n${bakes}: ${outcome}\n`);
  if (process.env.BAKE_AMI_FAULTS_WRITE === "1")
    writeSection(bakes, `${outcome}\n\n${table(counted, Object.keys(kinds))}`);
  if (wrong.length > 0) process.exitCode = 1;
}

function atMost(number) {
  return Math.min(number, Number(process.env.BAKE_AMI_FAULTS_AT_ONCE ?? number));
}

async function actionsOfPlainBakes() {
  const template = writeTemplate("plain");
  const cloud = await startLocal(false);
  try {
    return new Set((await bakeWithoutFaults(cloud, template)).map(({ action }) => action));
  } finally {
    await cloud.close();
    template.remove();
  }
}

/** Runs the rows of a kind of bake (`writeTemplate`); returns their results. */
async function runKind(bakes, { atOnce, includes, kinds = KINDS, runRow: runOne = runRow, points, flags }) {
  const template = writeTemplate(bakes);
  const hasSandboxes = bakes === "a machine" || bakes === "sent key" || points !== undefined;
  const clouds = await Promise.all(Array.from({ length: atOnce }, () => startLocal(hasSandboxes, flags)));
  try {
    const made = (await bakeWithoutFaults(clouds[0], template)).filter((call) => includes(call, plain));
    const calls = points?.(made, bakes) ?? made;
    const rows = rowsOf(calls, bakes, kinds);
    console.log(`${bakes}: ${calls.length} calls, ${rows.length} rows, ${atOnce} at a time`);
    return await runRows(rows, clouds, (cloud, row) => runOne(cloud, template, row));
  } finally {
    await Promise.all(clouds.map((cloud) => cloud.close()));
    template.remove();
  }
}

/** Returns every row, the sample, or the rows that BAKE_AMI_FAULTS selects. */
function rowsOf(calls, bakes, kinds) {
  const [onlyKind, onlySeq] = selection === "all" ? [] : selection.split(":");
  return Object.entries(kinds).flatMap(([kind, { appliesTo, smallDisk, once, isSlow }], kindIndex) =>
    (smallDisk && !canMount() ? [] : calls)
      .filter(({ action }, index) => (appliesTo?.(action) ?? true) && !(once && index > 0))
      // A kind for some actions only selects its calls by action; the other kinds select them by number.
      .map((call) => ({
        ...call,
        // A point in a tunnel. The time of a call has the same name.
        at: isPoint(call.at)
          ? call.at
          : appliesTo || (bakes !== "plain" && bakes !== "second run")
            ? { action: call.action, nth: call.nth }
            : { seq: call.seq },
      }))
      .map(({ seq, action, at }) => ({
        ...{ kind, seq, at, bakes, row: rowName(kind, seq, bakes) },
        action: once ? "the whole bake" : action,
      }))
      .filter(({ seq }, index) => {
        if (onlyKind) return kind === onlyKind && (!onlySeq || seq === Number(onlySeq));
        return selection === "all" || (once && !isSlow) || index % SAMPLE_STEP === kindIndex % SAMPLE_STEP;
      }),
  );
}

function isPoint(at) {
  return typeof at === "object";
}

function rowName(kind, seq, bakes) {
  return `${kind}-${bakes}-${seq}`.replaceAll(/[^a-z0-9]+/gi, "-").toLowerCase();
}

/** Runs the rows on the clouds, one row at a time on each cloud. */
async function runRows(rows, clouds, runOne) {
  const queue = [...rows];
  const completed = [];
  const worker = async (cloud) => {
    for (let row = queue.shift(); row; row = queue.shift()) {
      const result = await runUntilFaulted(cloud, row, runOne);
      // The order of calls to the regions varies: the row belongs to the call that the fault hit, not to the planned call.
      const action = (row.at.messages === undefined && result.faultedCall?.action) || row.action;
      completed.push({ ...row, ...result, action });
      reportProblems({ ...row, ...result, action });
    }
  };
  const progress = setInterval(() => console.log(`${completed.length} of ${rows.length} rows`), PROGRESS_INTERVAL);
  await Promise.all(clouds.map(worker));
  clearInterval(progress);
  return completed;
}

async function runUntilFaulted(cloud, row, runOne) {
  for (let attempt = 1; ; attempt++) {
    const name = attempt === 1 ? row.row : `${row.row}-${attempt}`;
    const result = await runOne(cloud, { ...row, row: name }).catch((error) => ({
      problems: [String(error.stack)],
      logs: [],
    }));
    if (result.faultedCall || result.problems.length > 0 || attempt === ATTEMPTS) return result;
  }
}

function reportProblems({ kind, seq, bakes, row, action, problems, logs }) {
  if (problems.length === 0) return;
  console.log(`WRONG ${kind} at call ${seq} (${action}, ${bakes}):\n  ${problems.join("\n  ")}`);
  const folder = process.env.BAKE_AMI_FAULTS_LOGS;
  if (folder) writeFileSync(`${folder}/${row}.log`, `${problems.join("\n")}\n\n${logs.join("\n======\n")}`);
}
