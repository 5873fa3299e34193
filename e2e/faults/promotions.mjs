/**
 * The fault table of promotions, which `npm run test:faults` runs after that of bakes. It injects each kind of fault at each API call of a
 * promotion in two regions. The built bundle runs as on a GitHub runner, against the local cloud. By default a sample of the rows runs
 * (every sixth call of each kind); BAKE_AMI_FAULTS=all runs every row. BAKE_AMI_FAULTS_LOGS and BAKE_AMI_FAULTS_WRITE work as for bakes.
 * The script fails if a row is wrong.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { startLocal } from "../harness/clouds.mjs";
import { writeSection } from "./document.mjs";
import { KINDS, MOVES, makeImages, moveWithoutFaults, runRow } from "./promotion-row.mjs";
import { table } from "./table.mjs";

const all = process.env.BAKE_AMI_FAULTS === "all";
/** The sample has every sixth call of each kind. */
const SAMPLE_STEP = 6;
/** Number of clouds; each runs one row at a time. More than one for a CPU, because a row mostly waits. */
const CLOUDS = 3 * cpus().length;

const began = Date.now();
const clouds = await Promise.all(Array.from({ length: CLOUDS }, () => startLocal(false)));
const completed = [];
try {
  const images = new Map(await Promise.all(clouds.map(async (cloud) => [cloud, await makeImages(cloud)])));
  const rows = [];
  for (const [move, what] of Object.entries(MOVES)) {
    const calls = await moveWithoutFaults(clouds[0], images.get(clouds[0]), what, `calm-${rows.length}`);
    rows.push(...rowsOf(move, calls));
    console.log(`${move}: ${calls.length} calls`);
  }
  const queue = [...rows];
  const worker = async (cloud) => {
    for (let row = queue.shift(); row; row = queue.shift()) {
      const result = await runRow(cloud, images.get(cloud), MOVES[row.move], row).catch((error) => ({
        problems: [String(error.stack)],
        logs: [],
      }));
      // The order of calls to the regions varies: the row belongs to the call that the fault hit, not to the planned call.
      completed.push({ ...row, ...result, action: result.faultedCall?.action ?? row.action });
      reportProblems({ ...row, ...result });
    }
  };
  await Promise.all(clouds.map(worker));
} finally {
  await Promise.all(clouds.map((cloud) => cloud.close()));
}
const counted = completed.filter(({ faultedCall, problems }) => faultedCall !== undefined || problems.length > 0);
const wrong = completed.filter(({ problems }) => problems.length > 0);
const outcome = `${counted.length} rows in ${Math.round((Date.now() - began) / 1000)} s, ${wrong.length} wrong`;
console.log(`\n${table(counted, Object.keys(KINDS))}\n\n${outcome}`);
if (process.env.BAKE_AMI_FAULTS_WRITE === "1") {
  writeSection("promotions", `${outcome}.\n\n${table(counted, Object.keys(KINDS))}`);
}
process.exitCode = wrong.length > 0 ? 1 : 0;

/** Returns every row of a move, or the sample. */
function rowsOf(move, calls) {
  const name = move.replace(/\W+/g, "-");
  return Object.keys(KINDS).flatMap((kind, kindIndex) =>
    calls
      .map(({ seq, action }) => ({
        move,
        kind,
        action,
        at: { seq },
        row: `${name}-${kind.replaceAll(" ", "-")}-${seq}`,
      }))
      .filter((_, index) => all || index % SAMPLE_STEP === kindIndex % SAMPLE_STEP),
  );
}

function reportProblems({ move, kind, row, at, action, problems, logs }) {
  if (problems.length === 0) return;
  console.log(`WRONG ${move}: ${kind} at call ${at.seq} (${action}):\n  ${problems.join("\n  ")}`);
  const folder = process.env.BAKE_AMI_FAULTS_LOGS;
  if (folder) writeFileSync(`${folder}/${row}.log`, `${problems.join("\n")}\n\n${logs.join("\n======\n")}`);
}
