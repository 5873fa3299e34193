import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { describeOwnImages } from "../../../src/aws/image.js";
import { Cancelled } from "../../../src/core/errors.js";
import { TAG } from "../../../src/core/ownership.js";
import { testCloud } from "../../support/cloud.js";
import { amis, bake, heldImages } from "./bake.js";

/** Called after each response. */
let onCall: () => void = () => undefined;

const cloud = testCloud({ scale: 0, log: () => onCall() });

beforeEach(() => {
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
});
afterEach(() => {
  onCall = () => undefined;
});

/** More calls than a bake in two Regions makes. */
const CALLS = Array.from({ length: 26 }, (_, index) => index + 1);

const policy = { Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: ["*"] }] };
const options = (name: string) => ({
  ami_name: name,
  ami_regions: ["eu-west-1"],
  temporary_iam_instance_profile_policy_document: policy,
});

describe("a bake succeeds and leaves only its two images when", () => {
  test.each(CALLS)("the response to call %i is lost", async (seq) => {
    cloud.endpoint().faults([{ seq, when: "after", do: "hangup" }]);
    expect(amis(await bake(cloud, options(`lost ${seq}`))).missing).toEqual([]);
    expect(Object.keys(cloud.endpoint().held())).toEqual(["images"]);
    expect(heldImages(cloud)).toEqual([`eu-west-1/lost ${seq}`, `us-east-1/lost ${seq}`]);
  });

  test.each(CALLS)("call %i is throttled, its retry fails in AWS, and the next call is reset", async (seq) => {
    cloud.endpoint().faults([
      { seq, do: "error", code: "RequestLimitExceeded", status: 503 },
      { seq: seq + 1, do: "error", code: "InternalError", status: 500 },
      { seq: seq + 2, do: "reset" },
    ]);
    expect(amis(await bake(cloud, options(`busy ${seq}`))).missing).toEqual([]);
    expect(heldImages(cloud)).toEqual([`eu-west-1/busy ${seq}`, `us-east-1/busy ${seq}`]);
  });
});

describe("a bake that is cancelled after", () => {
  test.each(CALLS)("call %i leaves only marked images, and the next run finishes it", async (seq) => {
    const stop = new AbortController();
    let calls = 0;
    onCall = () => {
      if (++calls === seq) stop.abort(new Cancelled("by the test"));
    };
    const name = `cancelled ${seq}`;
    const first = await bake(cloud, options(name), { signal: stop.signal, fingerprint: name });
    onCall = () => undefined;
    expect(Object.keys(cloud.endpoint().held()).filter((kind) => kind !== "images")).toEqual([]);
    if (first.error) {
      for (const region of ["us-east-1", "eu-west-1"]) {
        const images = await describeOwnImages(cloud.scope(region), [{ Name: "name", Values: [name] }]);
        const marks = images.map((image) => [image.state, image.tags[TAG.unfinished] ?? "finished"]);
        // A copy whose mark is not removed yet is kept too. The next run removes the mark.
        const allowed = [[], [["available", "copy:eu-west-1"]], [["available", "finish"]], [["available", "finished"]]];
        expect(allowed).toContainEqual(marks);
      }
    }
    const complete = heldImages(cloud).length === 2 && first.error === undefined;
    if (complete) return;
    cloud.endpoint().forget();
    const second = amis(await bake(cloud, options(name), { fingerprint: name }));
    expect(second.missing).toEqual([]);
    expect(heldImages(cloud)).toEqual([`eu-west-1/${name}`, `us-east-1/${name}`]);
    expect(Object.keys(cloud.endpoint().held())).toEqual(["images"]);
  });
});
