import { chmodSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { temporaryFolder } from "../support/folder.js";
import { fc } from "../support/properties.js";
import { hashIn } from "./compute.js";
import { templateOf } from "./template-of.js";
import { arbitraryInputs, essenceOf, FIELDS, type Inputs, smallChanges } from "./world.js";

const folder = temporaryFolder("fingerprint-changes");
const file = (path: string) => join(folder(), path);

beforeEach(() => rmSync(folder(), { recursive: true }));

/** Writes template and files and computes the fingerprint. */
async function hashOf(inputs: Inputs): Promise<string> {
  rmSync(folder(), { recursive: true, force: true });
  mkdirSync(file("app"), { recursive: true });
  mkdirSync(file("aside"));
  writeFileSync(file("aside/one"), "1");
  writeFileSync(file("aside/two"), "2");
  for (const each of ["one", "two"]) chmodSync(file(`aside/${each}`), 0o644);
  for (const [name, what] of Object.entries(inputs.files)) {
    const path = file(`app/${name}`);
    if (what.kind === "folder") mkdirSync(path);
    else if (what.kind === "link") symlinkSync(`../aside/${what.to}`, path);
    else writeFileSync(path, what.text);
    if (what.kind !== "link") chmodSync(path, what.mode);
  }
  writeFileSync(file("setup.sh"), `echo ${inputs.script}\n`);
  writeFileSync(file("user-data.sh"), `#!/bin/sh\n# ${inputs.userData}\n`);
  writeFileSync(file("unrelated.txt"), inputs.unrelated);
  utimesSync(file("setup.sh"), inputs.touched, inputs.touched);
  const { name, text, variableFile } = templateOf(inputs);
  writeFileSync(file(name), text);
  writeFileSync(file(variableFile.name), variableFile.text);
  return hashIn(folder(), {
    template: name,
    variableFiles: [variableFile.name],
    variables: inputs.override === undefined ? {} : { version: inputs.override },
    source: inputs.source,
    startedAt: new Date(inputs.startedAt),
  });
}

describe.each(["json", "hcl2"] as const)("over random changes of a template in %s", (format) => {
  test("a fingerprint is the same if and only if the image's inputs are", async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryInputs(format),
        arbitraryInputs(format),
        fc.subarray([...FIELDS], { minLength: 1, maxLength: 3 }),
        async (one, other, keys) => {
          // Change few values at a time: a wrong match is most likely between similar inputs.
          const near = { ...one, ...Object.fromEntries(keys.map((key) => [key, other[key]])) };
          const same = essenceOf(one) === essenceOf(near);
          return ((await hashOf(one)) === (await hashOf(near))) === same;
        },
      ),
      { numRuns: 80 },
    );
  });

  test("the smallest change of an upload changes the fingerprint; replacing a link by its target does not", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryInputs(format), fc.nat(), async (random, pick) => {
        const one = { ...random, order: ["file" as const] };
        const changes = smallChanges(one.files);
        const near = { ...one, files: changes[pick % changes.length] ?? {} };
        return ((await hashOf(one)) === (await hashOf(near))) === (essenceOf(one) === essenceOf(near));
      }),
      { numRuns: 60 },
    );
  });

  test("each input, changed alone, changes the fingerprint or does not", async () => {
    const [one, other] = fc.sample(arbitraryInputs(format), { numRuns: 2, seed: 7 });
    if (!one || !other) throw new Error("no samples");
    const wrong: string[] = [];
    const before = await hashOf(one);
    for (const field of FIELDS) {
      const near = { ...one, [field]: other[field] };
      const same = essenceOf(one) === essenceOf(near);
      if (((await hashOf(near)) === before) !== same) wrong.push(field);
    }
    expect(wrong).toEqual([]);
  });
});
