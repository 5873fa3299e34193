import { expect, test } from "@jest/globals";
import { isKnownRegion, neighbourRegionOf } from "../../src/aws/regions.js";

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
