import type { Wording } from "../report/wording.js";
import type { GitHubEnvironment } from "./environment.js";

/** The hint about the state directory of a rehearsal. */
const STATE_DIRECTORY =
  "A rehearsal keeps its state in the temporary directory of the runner (RUNNER_TEMP). This directory must be writable, have free space and be outside /usr, /etc and /var.";

/** Names the inputs of publishing. */
function withInputs(text: string): string {
  return text
    .replace('set "image" or', 'set the input "image" or')
    .replaceAll('set "overwrite-parameter"', 'set the input "overwrite-parameter"')
    .replace('Set "image"', 'Set the input "image"');
}

/** Texts of the action that replace those of the engine: inputs instead of flags. */
export const ACTION_WORDS: Wording = {
  "required-variable": { hint: 'Set it in the input "variables", or in a file of the input "variable-files".' },
  "unset-variable": {
    hint: 'Set it in the input "variables" or in a file of the input "variable-files", or add a default.',
  },
  "undeclared-variable": { hint: 'Declare it in the template, or set it in the input "variables".' },
  "undeclared-given-variable": { hint: 'Declare it in the template, or remove it from the input "variables".' },
  "unsupported-function": {
    hint: 'Read the value in an earlier step, and pass it as an environment variable ({{env …}}) or in the input "variables".',
  },
  "unknown-only": { summary: (text) => text.replace(/^"-only"/, 'Input "only"') },
  "unknown-except": { summary: (text) => text.replace(/^"-except"/, 'Input "except"') },
  "unknown-listed-region": {
    summary: (text) => text.replace(/^The list of Regions contains/, 'Input "regions" contains'),
  },
  "unknown-default-region": { summary: (text) => text.replace(/^The default Region is/, 'Input "aws-region" is') },
  "file-not-read": {
    hint: 'Check the path. Relative paths start from the input "working-directory". If the repository is missing, run actions/checkout before this step.',
  },
  "no-selected-build": { hint: 'Check the inputs "only" and "except": they exclude all builds.' },
  "image-name-shared": {
    hint: 'Set the input "image" to a different name for each of them. The one that has the shared name keeps its parameter.',
  },
  "parameter-of-another-image": { hint: withInputs },
  "parameter-not-moved": { hint: withInputs },
  "default-image-renamed": { hint: withInputs },
  "promotion-refused": { summary: withInputs },
  "images-not-counted": { hint: (text) => text.replace('Set "keep-names"', 'Set the input "keep-names"') },
  "image-without-series": {
    hint: 'No image was removed. bake-ami sets this tag on its own images. Set the input "keep-names" to select images without it.',
  },
  "local-state-version": {
    hint: "Use one version of bake-ami in all rehearsals of a job, or remove this directory in an earlier step.",
  },
  "local-disk-full": { hint: "Free disk space in an earlier step, or use a runner with a larger disk." },
  "local-state-directory": { hint: STATE_DIRECTORY },
  "local-state-shared": { hint: STATE_DIRECTORY },
  "source-not-mapped": {
    hint: 'Bake this template in AWS, or exclude the build from the rehearsal with the input "except".',
  },
};

/** The hint for a pull request from a fork (GitHub, "Events that trigger workflows": pull requests from forks). */
export const FORK_HINT =
  "Jobs of pull requests from forks get no secrets and no OpenID Connect token. Use the rehearse action for them, and bake after the merge.";

/** Returns the texts of the action for the event of the run. */
export function actionWords(environment: Pick<GitHubEnvironment, "pullRequest">): Wording {
  return environment.pullRequest?.fork === true
    ? { ...ACTION_WORDS, "aws-no-credentials": { hint: FORK_HINT } }
    : ACTION_WORDS;
}
