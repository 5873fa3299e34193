/**
 * The fault table of promotions, played by `npm run test:faults` after that of bakes: each kind of fault at each API call of a move in two
 * regions, against the local cloud, with the built bundle by the runner's contract. Plays a sample (every sixth call of each kind);
 * BAKE_AMI_FAULTS=all plays every row. BAKE_AMI_FAULTS_LOGS and BAKE_AMI_FAULTS_WRITE are as for bakes. Fails when a row is wrong.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { startLocal } from "../harness/clouds.mjs";
import { writeSection } from "./document.mjs";
import { calmMove, KINDS, MOVES, makeImages, playRow } from "./promotion-row.mjs";
import { table } from "./table.mjs";

const all = process.env.BAKE_AMI_FAULTS === "all";
/** Of the calls, every so many are tried with each kind in the sample. */
const SAMPLE = 6;
/** Clouds, each playing a row at a time: rows wait more than they work. */
const CLOUDS = 3 * cpus().length;

const began = Date.now();
const clouds = await Promise.all(Array.from({ length: CLOUDS }, () => startLocal(false)));
const played = [];
try {
  const images = new Map(await Promise.all(clouds.map(async (cloud) => [cloud, await makeImages(cloud)])));
  const rows = [];
  for (const [move, what] of Object.entries(MOVES)) {
    const calls = await calmMove(clouds[0], images.get(clouds[0]), what, `calm-${rows.length}`);
    rows.push(...rowsOf(move, calls));
    console.log(`moving ${move} makes ${calls.length} calls`);
  }
  const queue = [...rows];
  const play = async (cloud) => {
    for (let row = queue.shift(); row; row = queue.shift()) {
      const result = await playRow(cloud, images.get(cloud), MOVES[row.move], row).catch((error) => ({
        problems: [String(error.stack)],
        logs: [],
      }));
      // Calls of the regions come in any order: the one that was struck counts, not the one that was counted on.
      played.push({ ...row, ...result, action: result.struck?.action ?? row.action });
      tell({ ...row, ...result });
    }
  };
  await Promise.all(clouds.map(play));
} finally {
  await Promise.all(clouds.map((cloud) => cloud.close()));
}
const met = played.filter(({ struck, problems }) => struck !== undefined || problems.length > 0);
const wrong = played.filter(({ problems }) => problems.length > 0);
const outcome = `${met.length} rows in ${Math.round((Date.now() - began) / 1000)} s, ${wrong.length} wrong`;
console.log(`\n${table(met, Object.keys(KINDS))}\n\n${outcome}`);
if (process.env.BAKE_AMI_FAULTS_WRITE === "1") {
  writeSection("promotions", `${outcome}.\n\n${table(met, Object.keys(KINDS))}`);
}
process.exitCode = wrong.length > 0 ? 1 : 0;

/** Every row of a move, or the sample. */
function rowsOf(move, calls) {
  const name = move.replace(/\W+/g, "-");
  return Object.keys(KINDS).flatMap((kind, index) =>
    calls
      .map(({ seq, action }) => ({
        move,
        kind,
        action,
        at: { seq },
        row: `${name}-${kind.replaceAll(" ", "-")}-${seq}`,
      }))
      .filter((_, place) => all || place % SAMPLE === index % SAMPLE),
  );
}

function tell({ move, kind, row, at, action, problems, logs }) {
  if (problems.length === 0) return;
  console.log(`WRONG ${move}: ${kind} at call ${at.seq} (${action}):\n  ${problems.join("\n  ")}`);
  const folder = process.env.BAKE_AMI_FAULTS_LOGS;
  if (folder) writeFileSync(`${folder}/${row}.log`, `${problems.join("\n")}\n\n${logs.join("\n======\n")}`);
}
