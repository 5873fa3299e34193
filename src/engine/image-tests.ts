import type { BakeParts } from "../bake/contract.js";
import type { BakeRequest } from "./request.js";

/** Returns the tests of a build's image; undefined where none are requested. They are loaded when an image is tested. */
export function imageTesting({ settings, workingDirectory }: BakeRequest): BakeParts["tests"] {
  const { tests } = settings;
  return (context) =>
    tests && {
      settings: tests,
      async hash() {
        const { hashTests } = await import("../image-tests/hash.js");
        return hashTests(tests, workingDirectory);
      },
      async run(machine, instanceType, signal) {
        const { runTests } = await import("../image-tests/run.js");
        return runTests(tests, context, { machine, instanceType, signal });
      },
    };
}
