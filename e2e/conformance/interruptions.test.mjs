/**
 * Bakes that are killed, interrupted, or lose a response, on moto: rows of the fault table (`e2e/faults/`) on an independent cloud.
 * BAKE_AMI_FAULTS=all injects a fault at every call of the bake. BAKE_AMI_FAULTS=SIGTERM does so with one kind of fault only.
 * BAKE_AMI_FAULTS_WRITE=1 writes the table into docs/reliability.md.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { writeSection } from "../faults/document.mjs";
import { bakeWithoutFaults, runRow, writeTemplate } from "../faults/row.mjs";
import { table } from "../faults/table.mjs";
import { startMoto } from "../harness/clouds.mjs";

/** Rows that run at the same time, each on its own cloud. */
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
 * Calls of a bake that replaces old images. moto does not delete snapshots with their image, so bake-ami deletes them with separate
 * calls. If the bake is killed in between, post finishes from the ledger.
 */
const CALLS_OF_REPLACING = ["DeregisterImage", "DeleteSnapshot"];
const KINDS_OF_REPLACING = ["killed before", "killed after", "SIGINT"];

/** The kinds of fault, each injected at every call. */
const EVERY_KIND = ["killed before", "killed after", "runner lost", "answer lost", "SIGINT", "SIGTERM"];

const selected = process.env.BAKE_AMI_FAULTS;
const KINDS = EVERY_KIND.includes(selected) ? [selected] : EVERY_KIND;

const SPEED = "0.004";
const template = writeTemplate("a machine");
const replacing = writeTemplate("replacing");
const calls = selected ? await listCalls() : CALLS.map((action) => ({ action, nth: 1 }));
const rows = [
  ...calls.flatMap((at) => KINDS.map((kind) => ({ kind, at, bake: template }))),
  ...CALLS_OF_REPLACING.flatMap((action) =>
    KINDS_OF_REPLACING.filter((kind) => KINDS.includes(kind)).map((kind) => ({
      kind,
      at: { action, nth: 1 },
      bake: replacing,
    })),
  ),
];
const idleClouds = [];
const completed = [];
const began = Date.now();
before(async () => {
  idleClouds.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => startMoto(SPEED)))));
});
after(async () => {
  template.remove();
  replacing.remove();
  await Promise.all(idleClouds.map((cloud) => cloud.close()));
  if (process.env.BAKE_AMI_FAULTS_WRITE === "1") writeTable();
});

/** Returns the calls of a bake without faults. */
async function listCalls() {
  const cloud = await startMoto(SPEED);
  try {
    return (await bakeWithoutFaults(cloud, template)).map(({ action, nth }) => ({ action, nth }));
  } finally {
    await cloud.close();
  }
}

describe("an interrupted bake leaves nothing, and the next bake succeeds", { concurrency: AT_ONCE }, () => {
  for (const { kind, at, bake } of rows) {
    test(`${kind}: ${at.action} ${at.nth}`, async (t) => {
      const cloud = idleClouds.pop();
      try {
        const row = `${kind}-${at.action}-${at.nth}`.replaceAll(" ", "-").toLowerCase();
        const { problems, logs, faultedCall } = await runRow(cloud, bake, { kind, at, row });
        if (faultedCall || problems.length > 0) completed.push({ kind, action: at.action, problems });
        assert.deepEqual(problems, [], logs.join("\n======\n"));
        // The number of Describe calls differs from bake to bake.
        if (!faultedCall && at.nth > 1) t.skip("this bake made fewer of these calls");
        else assert.ok(faultedCall, `no fault was injected:\n${logs[0]}`);
      } finally {
        idleClouds.push(cloud);
      }
    });
  }
});

function writeTable() {
  const wrong = completed.filter(({ problems }) => problems.length > 0).length;
  const outcome = `${completed.length} rows in ${Math.round((Date.now() - began) / 1000)} s, ${wrong} wrong.`;
  writeSection("moto", `${outcome}\n\n${table(completed, KINDS)}`);
}
