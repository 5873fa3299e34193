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
    hint: "Set -image to a different name for each of them. The one that has the shared name keeps its parameter.",
  },
  "images-not-counted": { hint: (text) => text.replace('Set "keep-names"', "Set -keep-names") },
  "job-name-shared": { hint: "Rename a file or directory, or leave out a template with -exclude." },
  "image-without-series": {
    hint: "bake-ami sets this tag on its own images. Set -keep-names to select images without the tag.",
  },
  "no-region": { hint: 'Set "region" in the template, or set -region, AWS_REGION or a profile with a Region.' },
  "aws-no-credentials": {
    hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile (AWS_PROFILE or the option "profile"), or "access_key" and "secret_key" in the template. On EC2, attach an instance profile.',
  },
  "unknown-listed-region": {
    summary: (text) => text.replace(/^The list of Regions contains/, 'Flag "-regions" contains'),
  },
  "unknown-default-region": { summary: (text) => text.replace(/^The default Region is/, 'Flag "-region" is') },
  "aws-denied": { hint: (text) => text.replace('the input "role-session-policy", and ', "") },
  "aws-expired": {
    hint: "bake-ami cannot renew keys from the environment. Use a profile that assumes a role, or a longer session.",
  },
  "credentials-expire-soon": {
    hint: "Use a profile that assumes a role, so that bake-ami can renew the keys, or use a longer session.",
  },
};
