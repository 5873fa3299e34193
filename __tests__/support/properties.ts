import fc from "fast-check";

/**
 * Property tests use the same cases in each run, so that failures are reproducible and caused by the change under test.
 * `BAKE_AMI_SEED` selects other cases: the seed that a failure prints, or a run id as in the weekly run.
 */
const SEED = Number(process.env.BAKE_AMI_SEED || 1);

fc.configureGlobal({ seed: SEED | 0 });

export { fc };
