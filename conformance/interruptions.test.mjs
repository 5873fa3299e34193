/** Killed, interrupted, or left without an answer, on moto: post leaves finished images and right parameters, and a rerun finishes. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startMoto } from "./clouds.mjs";
import { INTERRUPTIONS, leftovers, playRow, writeTemplate } from "./rows.mjs";

const template = writeTemplate("conformance");
let cloud;
before(async () => {
  cloud = await startMoto("0.002");
});
after(() => {
  template.remove();
  return cloud?.close();
});

/** Calls that make something, and some that do not. */
const CALLS = [
  "CreateSecurityGroup",
  "ImportKeyPair",
  "RunInstances",
  "StopInstances",
  "CreateImage",
  "CopyImage",
  "PutParameter",
];

describe("an interrupted bake", { concurrency: false }, () => {
  for (const action of CALLS) {
    for (const kind of ["killed after", "answer lost", "SIGINT", "SIGTERM"]) {
      test(`${kind}: ${action}`, async () => {
        const row = await playRow(cloud, template, INTERRUPTIONS[kind], { action, nth: 1 }, `${kind}-${action}`);
        assert.deepEqual(leftovers(row.held), [], `${row.main.log}\n${row.post?.log ?? ""}`);
        assert.equal(row.rerun.code, 0, row.rerun.log);
        assert.deepEqual(leftovers(row.heldAfterRerun, { finished: true }), [], row.rerun.log);
      });
    }
  }
});
