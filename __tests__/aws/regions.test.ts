import { beforeEach, expect, test } from "@jest/globals";
import { findUnknownRegions, isKnownRegion, neighbourRegionOf } from "../../src/aws/regions.js";
import { testCloud } from "../support/cloud.js";

const { signal } = new AbortController();
const cloud = testCloud();
const openCloud = testCloud({ scale: 0, everyRegion: true });
beforeEach(() => cloud.endpoint().forget());

test.each([
  ["eu-west-9", "us-east-1"],
  ["us-north-1", "us-east-1"],
  ["cn-south-1", "cn-north-1"],
  ["us-gov-central-1", "us-gov-west-1"],
  ["us-iso-north-1", "us-iso-east-1"],
  ["us-isob-north-1", "us-isob-east-1"],
  ["us-isof-west-1", "us-isof-south-1"],
  ["eu-isoe-north-1", "eu-isoe-west-1"],
  ["eusc-fr-west-1", "eusc-de-east-1"],
])("the unknown Region %s is looked up in its own partition, in %s", (region, neighbour) => {
  expect(isKnownRegion(region)).toBe(false);
  expect(neighbourRegionOf(region)).toBe(neighbour);
  expect(isKnownRegion(neighbour)).toBe(true);
});

test.each([
  ["known names need no call", ["us-east-1", "mx-central-1"], [], 0],
  ["an unknown name is looked up, then all names are read for a suggestion", ["eu-wset-1"], ["eu-west-1"], 2],
  ["a name that is like no other", ["mars-7"], [undefined], 2],
])("%s", async (_name, names, near, calls) => {
  const unknown = await findUnknownRegions({ session: cloud.session(), region: "us-east-1", signal }, names);
  expect(unknown.map((each) => each.near)).toEqual(near);
  expect(cloud.endpoint().calls()).toHaveLength(calls);
});

test("on a cloud that has every Region, a name that looks like one exists after one call", async () => {
  const scope = { session: openCloud.session(), region: "eu-central-7", signal };
  expect(await findUnknownRegions(scope, ["eu-central-7", "cn-south-3"])).toEqual([]);
  expect(openCloud.endpoint().calls()).toHaveLength(1);
  expect(await findUnknownRegions(scope, ["us-esat-1"])).toEqual([{ name: "us-esat-1", near: "us-east-1" }]);
});
