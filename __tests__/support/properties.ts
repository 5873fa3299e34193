import fc from "fast-check";

/**
 * Property tests use the same cases in each run, so that failures are reproducible and caused by the change under test.
 * `BAKE_AMI_SEED` selects other cases: the seed that a failure prints, or a run id as in the weekly run.
 */
const SEED = Number(process.env.BAKE_AMI_SEED || 1);

fc.configureGlobal({ seed: SEED | 0 });

/**
 * Any code point of Unicode but surrogates. fc.string({ unit: "binary" }) has the same characters, and builds a table of a million
 * entries each time.
 */
export const anyCharacter = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

export { fc };
