import type { Wording } from "../report/wording.js";

/** What the command line says where the engine's words are those of the action: flags in place of inputs. */
export const COMMAND_WORDS: Wording = {
  "no-name-pattern": {
    hint: "Say which names count together, for example -keep-names=web-* (where the name holds a version).",
  },
  "image-without-series": {
    hint: "bake-ami tags its own images. Give -keep-names for those whose template names no pattern.",
  },
  "no-region": { hint: 'Write "region" in the template, or set -region, AWS_REGION or a profile with a region.' },
  "aws-expired": {
    hint: "Keys from the environment cannot be renewed. Use a profile that assumes a role, or a longer session.",
  },
  "credentials-expire-soon": {
    hint: "Use a profile that assumes a role: its keys are renewed. Or use a longer session.",
  },
};
