import fc from "fast-check";

/**
 * Property tests draw the same cases in each run, so that a change fails for what it changed and a failure comes again.
 * `BAKE_AMI_SEED` draws others: a number, as a failure names it, or a run's id as in the weekly run.
 */
const SEED = Number(process.env.BAKE_AMI_SEED || 1);

fc.configureGlobal({ seed: SEED | 0 });

export { fc };
