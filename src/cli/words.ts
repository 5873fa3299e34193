import type { Wording } from "../report/wording.js";

/** Names the flags of publishing. */
function withFlags(text: string): string {
  return text
    .replace('set "image" or "ssm-parameter"', "set -image or -ssm-parameter")
    .replaceAll('set "overwrite-parameter"', "set -overwrite-parameter")
    .replace('Set "image"', "Set -image");
}

/** Texts of the command line that replace those of the engine: flags instead of inputs. */
export const COMMAND_WORDS: Wording = {
  "parameter-of-another-image": { hint: withFlags },
  "parameter-not-moved": { hint: withFlags },
  "default-image-renamed": { hint: withFlags },
  "promotion-refused": { summary: withFlags },
  "image-name-shared": {
    hint: (text) =>
      text
        .replace('Set "image"', "Set -image")
        .replace('with "exclude" and bake it in a job of its own', "with -exclude"),
  },
  "images-not-counted": { hint: (text) => text.replace('Set "keep-names"', "Set -keep-names") },
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
