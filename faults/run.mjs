/**
 * `npm run test:faults`: the fault table. Each kind of fault at each API call of a two-region bake, against the local cloud, with the
 * built bundle by the runner's contract. Plays a sample (every fourth call of each kind); BAKE_AMI_FAULTS=all plays every row, and
 * BAKE_AMI_FAULTS="SIGINT:12" those of one kind or call. Prints the table that docs/reliability.md shows; fails when a row is wrong.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { startLocal } from "../conformance/clouds.mjs";
import { KINDS } from "./kinds.mjs";
import { calmBake, playRow, writeTemplate } from "./row.mjs";
import { table } from "./table.mjs";

const wanted = process.env.BAKE_AMI_FAULTS ?? "";
/** Of the calls, every so many are tried with each kind in the sample. */
const SAMPLE = 4;
/** Rows that are played at once: they wait more than they work. */
const AT_ONCE = Number(process.env.BAKE_AMI_FAULTS_AT_ONCE) || 5 * cpus().length;

const template = writeTemplate(false);
const began = Date.now();
const clouds = await Promise.all(Array.from({ length: AT_ONCE }, () => startLocal(false)));
try {
  const calls = await calmBake(clouds[0], template);
  const rows = rowsOf(calls.length);
  console.log(`${calls.length} calls, ${Object.keys(KINDS).length} kinds: ${rows.length} rows, ${AT_ONCE} at a time`);
  const played = await play(rows, calls);
  console.log(`\n${table(played, calls)}`);
  const wrong = played.filter(({ problems }) => problems.length > 0);
  console.log(`${played.length} rows in ${Math.round((Date.now() - began) / 1000)} s, ${wrong.length} wrong`);
  process.exitCode = wrong.length > 0 ? 1 : 0;
} finally {
  await Promise.all(clouds.map((cloud) => cloud.close()));
  template.remove();
}

/** Every row, the sample, or those asked for. */
function rowsOf(calls) {
  const [onlyKind, onlySeq] = wanted === "all" ? [] : wanted.split(":");
  return Object.keys(KINDS).flatMap((kind, index) =>
    Array.from({ length: calls }, (_, at) => ({ kind, at: { seq: at + 1 }, row: rowName(kind, at + 1) })).filter(
      ({ at }) => {
        if (onlyKind) return kind === onlyKind && (!onlySeq || at.seq === Number(onlySeq));
        return wanted === "all" || at.seq % SAMPLE === index % SAMPLE;
      },
    ),
  );
}

function rowName(kind, seq) {
  return `${kind.replaceAll(" ", "-").toLowerCase()}-${seq}`;
}

/** Plays the rows on the clouds, each cloud one at a time. */
async function play(rows, calls) {
  const queue = [...rows];
  const played = [];
  const worker = async (cloud) => {
    for (let row = queue.shift(); row; row = queue.shift()) {
      const result = await playRow(cloud, template, row).catch((error) => ({
        ...row,
        problems: [String(error.stack)],
        logs: [],
      }));
      played.push(result);
      tell(result, calls);
    }
  };
  await Promise.all(clouds.map(worker));
  return played;
}

function tell({ kind, at, row, struck, problems, logs }, calls) {
  const name = struck?.action ?? calls[at.seq - 1]?.action;
  if (problems.length === 0) return;
  console.log(`WRONG ${kind} at call ${at.seq} (${name}):\n  ${problems.join("\n  ")}`);
  const folder = process.env.BAKE_AMI_FAULTS_LOGS;
  if (folder) writeFileSync(`${folder}/${row}.log`, `${problems.join("\n")}\n\n${logs.join("\n======\n")}`);
}
