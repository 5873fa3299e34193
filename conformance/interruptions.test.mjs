/** Killed, interrupted, or left without an answer, on moto: rows of the fault table (`faults/`) on a cloud that nobody here wrote. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { playRow, writeTemplate } from "../faults/row.mjs";
import { startMoto } from "./clouds.mjs";

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

/** Each kind strikes every call; killed before strikes those whose answer makes the difference. */
const KINDS = ["killed before", "killed after", "runner lost", "answer lost", "SIGINT", "SIGTERM"];

const template = writeTemplate(true);
const free = [];
before(async () => {
  free.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => startMoto("0.004")))));
});
after(async () => {
  template.remove();
  await Promise.all(free.map((cloud) => cloud.close()));
});

describe("an interrupted bake leaves nothing, and the next one ends well", { concurrency: AT_ONCE }, () => {
  for (const action of CALLS) {
    for (const kind of KINDS) {
      test(`${kind}: ${action}`, async () => {
        const cloud = free.pop();
        try {
          const row = `${kind}-${action}`.replaceAll(" ", "-").toLowerCase();
          const { problems, logs, struck } = await playRow(cloud, template, { kind, at: { action, nth: 1 }, row });
          assert.deepEqual(problems, [], logs.join("\n======\n"));
          assert.ok(struck, `no call was struck:\n${logs[0]}`);
        } finally {
          free.push(cloud);
        }
      });
    }
  }
});
