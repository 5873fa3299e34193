import type { Wording } from "../report/wording.js";

/** Texts of the command line that replace those of the engine: flags instead of inputs. */
export const COMMAND_WORDS: Wording = {
  "image-name-shared": {
    hint: (text) =>
      text
        .replace('Set "image"', "Set -image")
        .replace('with "exclude" and bake it in a job of its own', "with -exclude"),
  },
  "no-name-pattern": {
    hint: "Set the names that count together, for example -keep-names=web-* if the name contains a version.",
  },
  "image-without-series": {
    hint: "bake-ami sets this tag on its own images. Set -keep-names to select images without the tag.",
  },
  "no-region": { hint: 'Set "region" in the template, or set -region, AWS_REGION or a profile with a Region.' },
  "aws-expired": {
    hint: "bake-ami cannot renew keys from the environment. Use a profile that assumes a role, or a longer session.",
  },
  "credentials-expire-soon": {
    hint: "Use a profile that assumes a role, so that bake-ami can renew the keys, or use a longer session.",
  },
};
