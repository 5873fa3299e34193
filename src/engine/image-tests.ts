import type { BakeParts } from "../bake/contract.js";
import type { ReadingContext } from "../core/parts.js";
import type { BakeRequest } from "./request.js";

/** Returns the settings and the hash of the tests, to compare images with them; undefined where none are requested. */
export function comparedTests({ settings, workingDirectory }: BakeRequest): ReadingContext["tests"] {
  const { tests } = settings;
  return (
    tests && {
      settings: tests,
      async hash() {
        const { hashTests } = await import("../image-tests/hash.js");
        return hashTests(tests, workingDirectory);
      },
    }
  );
}

/** Returns the tests of a build's image; undefined where none are requested. They are loaded when an image is tested. */
export function imageTesting(request: BakeRequest): BakeParts["tests"] {
  const { tests } = request.settings;
  const compared = comparedTests(request);
  return (context) =>
    tests &&
    compared && {
      ...compared,
      async run(machine, instanceType, signal) {
        const { runTests } = await import("../image-tests/run.js");
        return runTests(tests, context, { machine, instanceType, signal });
      },
    };
}
