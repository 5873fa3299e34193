/**
 * `npm run test:faults`: the fault table. Each kind of fault at each API call of a two-region bake, against the local cloud, with the
 * built bundle by the runner's contract. Plays a sample (every eighth call of each kind); BAKE_AMI_FAULTS=all plays every row, and
 * BAKE_AMI_FAULTS="SIGINT:12" those of one kind, or of one call. BAKE_AMI_FAULTS_LOGS names a folder for the logs of what went
 * wrong; BAKE_AMI_FAULTS_WRITE=1 writes the tables into docs/reliability.md, and BAKE_AMI_FAULTS_BAKES="plain,a machine" plays some of
 * the kinds of bake. Fails when a row is wrong.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { startLocal } from "../harness/clouds.mjs";
import { writeSection } from "./document.mjs";
import { KINDS } from "./kinds.mjs";
import { calmBake, playRow, writeTemplate } from "./row.mjs";
import { table } from "./table.mjs";

const wanted = process.env.BAKE_AMI_FAULTS ?? "";
/** Of the calls, every so many are tried with each kind in the sample. */
const SAMPLE = 8;
/** Clouds without machines, each playing a row at a time: rows wait more than they work. */
const CLOUDS = 5 * cpus().length;
/** Clouds with sandboxes behind their instances, for the rows where a machine makes a difference. */
const CLOUDS_WITH_MACHINES = cpus().length;
/** Calls that go otherwise, or more than once, in a bake with more options. */
const OF_OPTIONS = new Set(["CreateImage", "CopyImage", "DeleteTags", "PutParameter"]);
/** Calls by which one image comes in the place of another. */
const OF_REPLACING = new Set([...OF_OPTIONS, "DeregisterImage", "DeleteSnapshot"]);
/** Calls that a bake with a machine makes beside the others, or at which the machine is in use. */
const OF_MACHINES = new Set([
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

/** A row is played so often until its call comes: how often a bake asks for a state differs from bake to bake. */
const TRIES = 3;
/** Between two lines that tell how far it is, in milliseconds. */
const TELL_EVERY = 30_000;

/** The kinds of bake (`writeTemplate`): how many clouds play them at once, and at which of their calls. */
const BAKES = {
  plain: { atOnce: CLOUDS, counts: () => true },
  "more options": { atOnce: CLOUDS, counts: ({ action }, plain) => !plain.has(action) || OF_OPTIONS.has(action) },
  replacing: { atOnce: CLOUDS, counts: ({ action }) => OF_REPLACING.has(action) },
  "a machine": { atOnce: CLOUDS_WITH_MACHINES, counts: ({ action }) => OF_MACHINES.has(action) },
};

const plain = await actionsOfPlainBakes();
for (const bakes of process.env.BAKE_AMI_FAULTS_BAKES?.split(",") ?? Object.keys(BAKES)) {
  const began = Date.now();
  const played = await playAll(bakes, BAKES[bakes]);
  const met = played.filter(({ struck, problems }) => struck !== undefined || problems.length > 0);
  const wrong = met.filter(({ problems }) => problems.length > 0);
  const missed = played.length - met.length;
  const missedText = missed > 0 ? `; ${missed} more whose call never came in ${TRIES} bakes` : "";
  const outcome = `${met.length} rows in ${Math.round((Date.now() - began) / 1000)} s, ${wrong.length} wrong${missedText}.`;
  console.log(`\n${table(met)}\n\n${bakes}: ${outcome}\n`);
  if (process.env.BAKE_AMI_FAULTS_WRITE === "1") writeSection(bakes, `${outcome}\n\n${table(met)}`);
  if (wrong.length > 0) process.exitCode = 1;
}

async function actionsOfPlainBakes() {
  const template = writeTemplate("plain");
  const cloud = await startLocal(false);
  try {
    return new Set((await calmBake(cloud, template)).map(({ action }) => action));
  } finally {
    await cloud.close();
    template.remove();
  }
}

/** Plays the rows of bakes of a kind (`writeTemplate`), at those of its calls that count; answers them. */
async function playAll(bakes, { atOnce, counts }) {
  const template = writeTemplate(bakes);
  const clouds = await Promise.all(Array.from({ length: atOnce }, () => startLocal(bakes === "a machine")));
  try {
    const calls = (await calmBake(clouds[0], template)).filter((call) => counts(call, plain));
    const rows = rowsOf(calls, bakes);
    console.log(`${bakes}: ${calls.length} calls, ${rows.length} rows, ${atOnce} at a time`);
    return await play(rows, clouds, template);
  } finally {
    await Promise.all(clouds.map((cloud) => cloud.close()));
    template.remove();
  }
}

/** Every row, the sample, or those asked for. */
function rowsOf(calls, bakes) {
  const [onlyKind, onlySeq] = wanted === "all" ? [] : wanted.split(":");
  return Object.entries(KINDS).flatMap(([kind, { strikes }], index) =>
    calls
      .filter(({ action }) => strikes?.(action) ?? true)
      // A kind that strikes certain actions must meet one; the others strike whichever call is the so-manieth.
      .map((call) => ({
        ...call,
        at: strikes || bakes !== "plain" ? { action: call.action, nth: call.nth } : { seq: call.seq },
      }))
      .map(({ seq, action, at }) => ({ kind, seq, action, at, bakes, row: rowName(kind, seq, bakes) }))
      .filter(({ seq }, place) => {
        if (onlyKind) return kind === onlyKind && (!onlySeq || seq === Number(onlySeq));
        return wanted === "all" || place % SAMPLE === index % SAMPLE;
      }),
  );
}

function rowName(kind, seq, bakes) {
  return `${kind}-${bakes}-${seq}`.replaceAll(/[^a-z0-9]+/gi, "-").toLowerCase();
}

/** Plays the rows on the clouds, each cloud one at a time. */
async function play(rows, clouds, template) {
  const queue = [...rows];
  const played = [];
  const worker = async (cloud) => {
    for (let row = queue.shift(); row; row = queue.shift()) {
      const result = await playUntilStruck(cloud, template, row);
      // Calls of two regions come in any order: the one that was struck counts, not the one that was counted on.
      const action = result.struck?.action ?? row.action;
      played.push({ ...row, ...result, action });
      tell({ ...row, ...result, action });
    }
  };
  const progress = setInterval(() => console.log(`${played.length} of ${rows.length} rows`), TELL_EVERY);
  await Promise.all(clouds.map(worker));
  clearInterval(progress);
  return played;
}

async function playUntilStruck(cloud, template, row) {
  for (let attempt = 1; ; attempt++) {
    const name = attempt === 1 ? row.row : `${row.row}-${attempt}`;
    const result = await playRow(cloud, template, { ...row, row: name }).catch((error) => ({
      problems: [String(error.stack)],
      logs: [],
    }));
    if (result.struck || result.problems.length > 0 || attempt === TRIES) return result;
  }
}

function tell({ kind, seq, bakes, row, action, problems, logs }) {
  if (problems.length === 0) return;
  console.log(`WRONG ${kind} at call ${seq} (${action}, ${bakes}):\n  ${problems.join("\n  ")}`);
  const folder = process.env.BAKE_AMI_FAULTS_LOGS;
  if (folder) writeFileSync(`${folder}/${row}.log`, `${problems.join("\n")}\n\n${logs.join("\n======\n")}`);
}
