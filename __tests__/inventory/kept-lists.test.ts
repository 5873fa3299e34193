import { beforeEach, describe, expect, test } from "@jest/globals";
import { readParameters } from "../../src/aws/parameter.js";
import { keepList, readKeptLists } from "../../src/inventory/kept-lists.js";
import { testCloud } from "../support/cloud.js";
import { listOf } from "./lists.js";

const cloud = testCloud();
const image = (n: number) => `ami-${String(n).padStart(17, "0")}`;
const list = (n: number) => listOf([`a ${n}`]);

/** A list of packages that compress badly: it has more pieces than the first call reads. */
const long = listOf(
  Array.from({ length: 4000 }, (_, i) => `p${Math.imul(i, 2_654_435_761) >>> 0} ${Math.imul(i + 9, 40_503) >>> 0}`),
);

const DENIED = { do: "error", code: "AccessDeniedException", message: "not authorized", status: 400 } as const;

let parameter = "";
let count = 0;
beforeEach(() => {
  count += 1;
  parameter = `/images/p${count}/latest`;
  cloud.endpoint().forget();
});

/** Moves the parameter to image `n`: reads the stored lists, then stores the list. Returns the list of the earlier image. */
async function move(n: number, previous?: number) {
  const scope = cloud.scope();
  const before = previous === undefined ? undefined : image(previous);
  const kept = await readKeptLists(scope, parameter, [image(n), ...(before === undefined ? [] : [before])]);
  await keepList(scope, parameter, { list: list(n), imageId: image(n), previous: before, kept });
  return before === undefined ? undefined : kept.lists.get(before);
}

const calls = () =>
  cloud
    .endpoint()
    .calls()
    .map(({ action }) => action);

describe("lists below a parameter", () => {
  test("each move finds the list of the earlier image; at most two are stored, nothing is deleted", async () => {
    expect(await move(1)).toBeUndefined();
    for (const n of [2, 3, 4, 5]) expect(await move(n, n - 1)).toEqual(list(n - 1));
    expect(calls()).toEqual(Array.from({ length: 5 }, () => ["GetParameters", "PutParameter"]).flat());
    const names = ["a", "b"].flatMap((place) => [1, 2].map((piece) => `${parameter}/packages/${place}-${piece}`));
    expect([...(await readParameters(cloud.scope(), names)).keys()]).toEqual([names[0], names[2]]);
  });

  test("after a rollback the list of the current image stays and is found", async () => {
    await move(1);
    await move(2, 1);
    expect(await move(3, 1)).toEqual(list(1));
    expect(await move(4, 1)).toEqual(list(1));
  });

  test("a rerun of the same image uses the same slot", async () => {
    await move(1);
    await move(2, 1);
    await move(2, 1);
    expect(await move(3, 2)).toEqual(list(2));
  });

  test("an image without a stored list has none", async () => {
    await move(1);
    expect(await move(3, 2)).toBeUndefined();
  });

  test("a long list needs a second read, and can become shorter again", async () => {
    const scope = cloud.scope();
    const empty = await readKeptLists(scope, parameter, []);
    const keeping = { list: long, imageId: image(1), previous: undefined, kept: empty };
    expect(await keepList(scope, parameter, keeping)).toBe(true);
    cloud.endpoint().forget();
    expect((await readKeptLists(scope, parameter, [image(1)])).lists.get(image(1))).toEqual(long);
    expect(calls()).toEqual(["GetParameters", "GetParameters"]);
    await move(2, 1);
    await move(3, 2);
    expect(await move(4, 3)).toEqual(list(3));
  });

  test("a list that is too long is not stored", async () => {
    const scope = cloud.scope();
    const packages = long.packages.flatMap((each) => [each, { ...each, name: `x${each.version}`, version: each.name }]);
    const kept = await readKeptLists(scope, parameter, []);
    cloud.endpoint().forget();
    const keeping = { list: { ...long, packages }, imageId: image(1), previous: undefined, kept };
    expect(await keepList(scope, parameter, keeping)).toBe(false);
    expect(calls()).toEqual([]);
  });

  test("an interrupted write leaves no partial list", async () => {
    const scope = cloud.scope();
    await move(1);
    const kept = await readKeptLists(scope, parameter, []);
    cloud.endpoint().forget();
    cloud.endpoint().faults([{ action: "PutParameter", nth: 3, ...DENIED }]);
    const keeping = { list: long, imageId: image(2), previous: image(1), kept };
    await expect(keepList(scope, parameter, keeping)).rejects.toThrow(/AccessDenied|not authorized/);
    const after = await readKeptLists(scope, parameter, [image(1), image(2)]);
    expect([...after.lists.keys()]).toEqual([image(1)]);
  });

  test("a parameter without levels has them below its name", async () => {
    parameter = `web-${count}`;
    await move(1);
    expect([...(await readParameters(cloud.scope(), [`/web-${count}/packages/a-1`])).keys()]).toHaveLength(1);
  });
});
