/**
 * Killed, interrupted, or left without an answer, on moto: rows of the fault table (`e2e/faults/`) on a cloud that nobody here wrote.
 * BAKE_AMI_FAULTS=all strikes every call of the bake, BAKE_AMI_FAULTS=SIGTERM with one kind alone, and BAKE_AMI_FAULTS_WRITE=1 writes the table into docs/reliability.md.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { writeSection } from "../faults/document.mjs";
import { calmBake, playRow, writeTemplate } from "../faults/row.mjs";
import { table } from "../faults/table.mjs";
import { startMoto } from "../harness/clouds.mjs";

/** Rows that are played at once, each on a cloud of its own. */
const AT_ONCE = 4;

/** Calls that make, change or publish something. */
const CALLS = [
  "CreateSecurityGroup",
  "AuthorizeSecurityGroupIngress",
  "ImportKeyPair",
  "RunInstances",
  "StopInstances",
  "CreateImage",
  "CopyImage",
  "TerminateInstances",
  "DeleteTags",
  "PutParameter",
];

/**
 * Of a bake that replaces old images. moto deletes no snapshots with an image, so they go by calls of their own: what is killed in
 * between is finished by post, from the ledger.
 */
const CALLS_OF_REPLACING = ["DeregisterImage", "DeleteSnapshot"];
const KINDS_OF_REPLACING = ["killed before", "killed after", "SIGINT"];

/** Each kind strikes every call; killed before strikes those whose answer makes the difference. */
const EVERY_KIND = ["killed before", "killed after", "runner lost", "answer lost", "SIGINT", "SIGTERM"];

const wanted = process.env.BAKE_AMI_FAULTS;
const KINDS = EVERY_KIND.includes(wanted) ? [wanted] : EVERY_KIND;

const SPEED = "0.004";
const template = writeTemplate("a machine");
const replacing = writeTemplate("replacing");
const places = wanted ? await everyCall() : CALLS.map((action) => ({ action, nth: 1 }));
const rows = [
  ...places.flatMap((at) => KINDS.map((kind) => ({ kind, at, bake: template }))),
  ...CALLS_OF_REPLACING.flatMap((action) =>
    KINDS_OF_REPLACING.filter((kind) => KINDS.includes(kind)).map((kind) => ({
      kind,
      at: { action, nth: 1 },
      bake: replacing,
    })),
  ),
];
const free = [];
const played = [];
const began = Date.now();
before(async () => {
  free.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => startMoto(SPEED)))));
});
after(async () => {
  template.remove();
  replacing.remove();
  await Promise.all(free.map((cloud) => cloud.close()));
  if (process.env.BAKE_AMI_FAULTS_WRITE === "1") writeTable();
});

/** Each call of a bake that nothing happens to. */
async function everyCall() {
  const cloud = await startMoto(SPEED);
  try {
    return (await calmBake(cloud, template)).map(({ action, nth }) => ({ action, nth }));
  } finally {
    await cloud.close();
  }
}

describe("an interrupted bake leaves nothing, and the next one ends well", { concurrency: AT_ONCE }, () => {
  for (const { kind, at, bake } of rows) {
    test(`${kind}: ${at.action} ${at.nth}`, async (t) => {
      const cloud = free.pop();
      try {
        const row = `${kind}-${at.action}-${at.nth}`.replaceAll(" ", "-").toLowerCase();
        const { problems, logs, struck } = await playRow(cloud, bake, { kind, at, row });
        if (struck || problems.length > 0) played.push({ kind, action: at.action, problems });
        assert.deepEqual(problems, [], logs.join("\n======\n"));
        // How often a state is asked for differs from bake to bake.
        if (!struck && at.nth > 1) t.skip("this bake made fewer such calls");
        else assert.ok(struck, `no call was struck:\n${logs[0]}`);
      } finally {
        free.push(cloud);
      }
    });
  }
});

function writeTable() {
  const wrong = played.filter(({ problems }) => problems.length > 0).length;
  const outcome = `${played.length} rows in ${Math.round((Date.now() - began) / 1000)} s, ${wrong} wrong.`;
  writeSection("moto", `${outcome}\n\n${table(played, KINDS)}`);
}
