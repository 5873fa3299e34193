import type { ImageTestReport, ImageTestSettings } from "../../../../src/core/image-tests.js";
import type { ImageTests } from "../../../../src/core/parts.js";
import type { Ended } from "../bake.js";

const SETTINGS: ImageTestSettings = {
  lines: [],
  instanceTypes: [],
  timeout: 1_800_000,
  sshUsername: undefined,
  userData: undefined,
  instanceProfile: undefined,
  onFailure: "remove",
};

/** Returns tests of which those of the user pass. */
export function tests(more: Partial<ImageTestSettings> = {}, hash = "tests-1"): ImageTests {
  return { settings: { ...SETTINGS, ...more }, hash: async () => hash, run: async () => [] };
}

/** Returns the only report of the tests of a bake. */
export function reportOf({ events }: Ended): ImageTestReport {
  const [event, ...more] = events.filter((each) => each.type === "image-tested");
  if (event?.type !== "image-tested" || more.length > 0) throw new Error("not one report");
  return event.report;
}
