import type { Wording } from "../report/wording.js";

/** Where a rehearsal keeps its state, and what that folder must offer. */
const STATE_FOLDER =
  "A rehearsal keeps its state in the runner's temporary directory (RUNNER_TEMP): it must be writable, have free space and be outside of /usr, /etc and /var.";

/** `words` in place of a hint that names a flag (`-var`, `--local-state`); other hints under the same code stay. */
function whereAFlagIsNamed(words: string): (text: string) => string {
  return (text) => (/(^|[\s('"`])--?[a-z]/.test(text) ? words : text);
}

/** What the action says where the engine's words are those of the command line: inputs in place of flags. */
export const ACTION_WORDS: Wording = {
  "required-variable": { hint: "Set it in the input variables, or in a file that the input variable-files names." },
  "unset-variable": {
    hint: "Set it in the input variables or in a file that the input variable-files names, or give it a default.",
  },
  "undeclared-variable": {
    summary: (text) => text.replace(/^(Variable "[^"]*" was set) but/, '$1 in the input "variables" but'),
    hint: whereAFlagIsNamed("Declare it in the template, or set it in the input variables."),
  },
  "unsupported-function": {
    hint: "Fetch the value in an earlier step, and pass it as an environment variable ({{env …}}) or in the input variables.",
  },
  "unknown-only": { summary: (text) => text.replace(/^"-only"/, 'Input "only"') },
  "unknown-except": { summary: (text) => text.replace(/^"-except"/, 'Input "except"') },
  "no-builds": {
    summary: (text) => text.replace('"-only" and "-except" exclude', 'inputs "only" and "except" exclude'),
    hint: whereAFlagIsNamed("The inputs only and except leave none."),
  },
  "no-name-pattern": {
    hint: "Set the input keep-names to the names that count together, e.g. keep-names: web-* (where the name holds a version).",
  },
  "image-without-series": {
    hint: "bake-ami tags its own images. Set the input keep-names for those whose template names no pattern.",
  },
  "promotion-torn": {
    hint: (text) => text.replace("or bake-ami rollback to go back", "or with rollback: true to go back"),
  },
  "local-state-version": {
    hint: "Use one version of bake-ami in all rehearsals of a job, or remove this directory in an earlier step.",
  },
  "local-disk-full": { hint: "Free some disk space in an earlier step, or use a runner with a larger disk." },
  "local-state-folder": { hint: STATE_FOLDER },
  "local-machines": { hint: whereAFlagIsNamed(STATE_FOLDER) },
  "local-machine": { hint: whereAFlagIsNamed(STATE_FOLDER) },
  "source-not-mapped": {
    hint: "Bake this template in AWS, or leave the build out of the rehearsal by the input except.",
  },
};
