import type { Wording } from "../report/wording.js";

/** The hint about the state directory of a rehearsal. */
const STATE_FOLDER =
  "A rehearsal keeps its state in the temporary directory of the runner (RUNNER_TEMP). This directory must be writable, have free space and be outside /usr, /etc and /var.";

/** Replaces a hint that names a flag (`-var`, `--local-state`) by `words`; other hints with the same code are kept. */
function whereAFlagIsNamed(words: string): (text: string) => string {
  return (text) => (/(^|[\s('"`])--?[a-z]/.test(text) ? words : text);
}

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
  "undeclared-variable": {
    summary: (text) => text.replace(/^(Variable "[^"]*" was set) but/, '$1 in the input "variables" but'),
    hint: whereAFlagIsNamed('Declare it in the template, or set it in the input "variables".'),
  },
  "unsupported-function": {
    hint: 'Read the value in an earlier step, and pass it as an environment variable ({{env …}}) or in the input "variables".',
  },
  "unknown-only": { summary: (text) => text.replace(/^"-only"/, 'Input "only"') },
  "unknown-except": { summary: (text) => text.replace(/^"-except"/, 'Input "except"') },
  "no-builds": {
    summary: (text) => text.replace('"-only" and "-except" exclude', 'inputs "only" and "except" exclude'),
    hint: whereAFlagIsNamed('Check the inputs "only" and "except": they exclude all builds.'),
  },
  "parameter-of-another-image": { hint: withInputs },
  "parameter-not-moved": { hint: withInputs },
  "default-image-renamed": { hint: withInputs },
  "promotion-refused": { summary: withInputs },
  "image-name-shared": { hint: (text) => text.replace('Set "image"', 'Set the input "image"') },
  "images-not-counted": { hint: (text) => text.replace('Set "keep-names"', 'Set the input "keep-names"') },
  "image-without-series": {
    hint: 'No image was removed. bake-ami sets this tag on its own images. Set the input "keep-names" to select images without it.',
  },
  "promotion-torn": {
    hint: (text) => text.replace("or bake-ami rollback to go back", "or with rollback: true to go back"),
  },
  "local-state-version": {
    hint: "Use one version of bake-ami in all rehearsals of a job, or remove this directory in an earlier step.",
  },
  "local-disk-full": { hint: "Free disk space in an earlier step, or use a runner with a larger disk." },
  "local-state-folder": { hint: STATE_FOLDER },
  "local-machines": { hint: whereAFlagIsNamed(STATE_FOLDER) },
  "local-machine": { hint: whereAFlagIsNamed(STATE_FOLDER) },
  "source-not-mapped": {
    hint: 'Bake this template in AWS, or exclude the build from the rehearsal with the input "except".',
  },
};
