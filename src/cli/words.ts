import type { Setting } from "../core/setting.js";
import type { Wording } from "../report/wording.js";

/** Returns the flag for a setting of a run. */
function flagFor(name: Setting, isFirst: boolean): string {
  return isFirst ? `Flag "-${name}"` : `-${name}`;
}

/** How the command line words diagnostics: it has flags, and hints for codes that need other advice in a terminal. */
export const COMMAND_WORDS: Wording = {
  notation: flagFor,
  hints: {
    "job-name-shared": "Rename a file or directory, or leave out a template with -exclude.",
    "aws-no-credentials":
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile (AWS_PROFILE or the option "profile"), or keys in the template. On EC2, attach an instance profile.',
    "aws-expired":
      "bake-ami cannot renew keys from the environment. Use a profile that assumes a role, or a longer session.",
    "credentials-expire-soon":
      "Use a profile that assumes a role, so that bake-ami can renew the keys, or use a longer session.",
  },
};
