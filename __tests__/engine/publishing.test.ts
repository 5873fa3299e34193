import { expect, test } from "@jest/globals";
import type { Machine } from "../../src/core/parts.js";
import { inventory } from "../../src/engine/publishing.js";
import { partContext } from "../support/context.js";

const context = partContext("/");
const request = (packages: "auto" | "off") => ({
  workingDirectory: "/",
  template: { path: "web.json", variables: [], variableFiles: [], only: [], except: [] },
  settings: context.settings,
  parallelBuilds: undefined,
  place: { path: "web.json", repository: "images", root: "/nowhere" },
  image: undefined,
  ssmParameter: undefined,
  overwriteParameter: false,
  packages,
});

const unasked: Machine = {
  get communicator(): never {
    throw new Error("asked");
  },
  data: {},
  reachable: () => true,
  reconnect: undefined,
};

test("nothing is listed where it is off", () => {
  expect(inventory(request("off"), context.surroundings, undefined)).toBeUndefined();
});

test("the machine of the null builder belongs to somebody else: its packages are not listed", async () => {
  const listing = inventory(request("auto"), context.surroundings, undefined);
  const identity = { ...context.identity, builderType: "null" };
  expect(await listing?.listPackages(unasked, { ...context, identity })).toBeUndefined();
  await expect(listing?.listPackages(unasked, context)).rejects.toThrow("asked");
});
