import { parseAge, parseRegion } from "../../core/request-values.js";
import { ACCESS_WORDS, ON_ERROR_WORDS } from "../../core/settings.js";
import { parsed, text } from "../../options/fields.js";
import { commas } from "../../options/separated-lists.js";
import { LOCAL_PARAMETER, PACKAGE_MODES } from "../request.js";
import { BAKING, type RequestTable } from "./entry.js";
import { boolean, cidr, count, regions, word } from "./fields.js";

/** How the instances of a bake run. */
export const BUILD = {
  onError: {
    group: "build",
    field: word(ON_ERROR_WORDS, {
      doc: "What to do when a build fails - cleanup (remove its resources), abort (keep them), ask, or run-cleanup-provisioner (run the cleanup provisioner, then keep them).",
      default: "cleanup",
    }),
    input: {
      name: "on-error",
      actions: ["bake", "plan"],
      doc: "What to do when a build fails - cleanup (remove its resources), abort (keep them), ask (same as cleanup, because an action cannot prompt) or run-cleanup-provisioner (run the cleanup provisioner, then keep them).",
    },
    flag: { name: "on-error", commands: BAKING, value: ON_ERROR_WORDS.join("|") },
  },
  force: {
    group: "build",
    field: boolean("Replace an existing AMI that has the same name, after the new AMI exists (Packer's -force)."),
    input: { name: "force", actions: ["bake", "plan", "rehearse"] },
    flag: { name: "force", commands: BAKING },
  },
  debug: {
    group: "build",
    field: boolean(
      "Run one build at a time and pause before each provisioner. The temporary SSH key is saved until the build ends.",
    ),
    flag: { name: "debug", commands: BAKING },
  },
  parallelBuilds: {
    group: "build",
    field: count(0, { doc: "Maximum number of builds that run in parallel. 0 means no limit.", default: 0 }),
    input: { name: "parallel-builds", actions: ["bake", "plan", "rehearse"] },
    flag: { name: "parallel-builds", commands: BAKING, value: "N" },
  },
  spotFallback: {
    group: "build",
    field: boolean(
      "Launch an On-Demand Instance if the template requests a Spot Instance and no Spot capacity is available.",
    ),
    input: { name: "spot-fallback", actions: ["bake", "plan"] },
    flag: { name: "spot-fallback", commands: BAKING },
  },
  access: {
    group: "build",
    field: word(ACCESS_WORDS, {
      doc: "How builds connect to their EC2 instances - template (as the template sets it) or auto (the public address if it works, else an EC2 Instance Connect Endpoint of the VPC, else Session Manager; the private address if the runner is in the VPC). The choice is printed. A template that sets ssh_interface, ssh_host, a bastion host or a proxy decides itself.",
      default: "template",
    }),
    input: { name: "access", actions: ["bake", "plan"] },
    flag: { name: "access", commands: BAKING, value: ACCESS_WORDS.join("|") },
  },
  preflight: {
    group: "build",
    field: boolean(
      "Check what the bake will do before it creates anything - permissions and parameters by dry runs, and KMS keys - and report all problems at once. It needs at most two more calls in each Region.",
      true,
    ),
    input: { name: "preflight", actions: ["bake", "rehearse"] },
    flag: { name: "preflight", commands: BAKING },
  },
  sshSourceCidrs: {
    group: "build",
    field: commas(cidr, {
      doc: "CIDR blocks that can connect to the instance over SSH, separated by commas or line breaks. Defaults to the public IP address that bake-ami connects from. If bake-ami cannot determine this address, the bake fails before it creates resources.",
    }),
    input: { name: "ssh-source-cidrs", actions: ["bake", "plan"] },
    flag: { name: "ssh-source-cidrs", commands: BAKING, value: "CIDR,…" },
  },
  sshAcceptNewHostKeys: {
    group: "build",
    field: boolean(
      "Accept new host keys of the machine when a build connects to it again, for templates with steps that generate host keys. Each new key is reported. By default, only the keys that the machine proved to have at the first login are accepted.",
    ),
    input: { name: "ssh-accept-new-host-keys", actions: ["bake", "plan"] },
    flag: { name: "ssh-accept-new-host-keys", commands: BAKING },
  },
  maxInstanceMinutes: {
    group: "build",
    field: count(1, {
      doc: "Number of minutes after which the instance terminates itself, in case bake-ami is killed and cannot terminate it. Not used for Windows images. Disabled by default.",
    }),
    input: { name: "max-instance-minutes", actions: ["bake", "plan"] },
    flag: { name: "max-instance-minutes", commands: BAKING, value: "N" },
  },
  skipUnchanged: {
    group: "build",
    field: boolean(
      "Reuse the newest finished AMI with the same fingerprint (template, scripts, files, variables, source AMI) instead of baking. Missing copies, tags and parameters are added. If another run is baking it, wait for that run.",
    ),
    input: { name: "skip-unchanged", actions: ["bake", "plan"] },
    flag: { name: "skip-unchanged", commands: BAKING },
  },
  maxAge: {
    group: "build",
    field: parsed("age", parseAge, {
      doc: "With `skipUnchanged`, bake again if the AMI is older than this age, for example 7d or 12h.",
    }),
    input: { name: "max-age", actions: ["bake", "plan"] },
    flag: { name: "max-age", commands: BAKING, value: "AGE" },
  },
  resumeWithin: {
    group: "build",
    field: parsed("age", parseAge, {
      doc: "Resume an unfinished AMI of an interrupted run with the same fingerprint up to this age, for example 12h. 0h resumes none. Defaults to 24h.",
    }),
    input: { name: "resume-within", actions: ["bake", "plan"] },
    flag: { name: "resume-within", commands: BAKING, value: "AGE" },
  },
} as const satisfies RequestTable;

/** The Regions of the images, and the parameter that they are published under. */
export const PUBLISH = {
  buildRegion: {
    group: "publish",
    field: parsed("Region", parseRegion, {
      doc: "AWS Region to bake in, if the template does not set one. Defaults to AWS_REGION or the Region of the profile.",
    }),
    input: { name: "aws-region", actions: ["bake", "plan", "rehearse"] },
    flag: { name: "region", commands: [...BAKING, "validate"], value: "REGION" },
  },
  copyRegions: {
    group: "publish",
    field: regions(
      "Regions to copy each AMI to, in addition to ami_regions of the template. Separated by commas or line breaks.",
    ),
    input: { name: "regions", actions: ["bake", "plan", "rehearse"] },
    flag: { name: "regions", commands: [...BAKING, "validate"], value: "A,B" },
  },
  missingRegion: {
    group: "publish",
    field: word(["fail", "warn"], {
      doc: "What to do when the copy to a Region fails, or the Region cannot be used (not enabled, denied, down) - fail or warn. In both cases the AMI is published in the other Regions.",
      default: "fail",
    }),
    input: { name: "missing-region", actions: ["bake", "plan", "rehearse"] },
    flag: { name: "missing-region", commands: BAKING, value: "fail|warn" },
  },
  image: {
    group: "publish",
    field: text({
      doc: "Name of the image series in `ssmParameter`, in the tag bake-ami:image and in reports. Defaults to the path of the template in its repository without extensions, such as base-web for images/base/web.json. Generic names such as images, main and packer are left out at the beginning and at the end.",
    }),
    input: { name: "image", actions: ["bake", "plan", "rehearse"] },
    flag: { name: "image", commands: BAKING, value: "NAME" },
  },
  ssmParameter: {
    group: "publish",
    field: text({
      doc: "Name of the Parameter Store parameter (data type aws:ec2:image) that is set to the new AMI in each of its Regions, for example /images/{image}/latest. Can contain {image}, {build}, {region} and {arch}. If empty, no parameter is written.",
    }),
    input: {
      name: "ssm-parameter",
      actions: ["bake", "plan", "rehearse"],
      differs: {
        rehearse: {
          doc: "Name of the parameter in the local Parameter Store that is set to the new AMI in each of its Regions. Can contain {image}, {build}, {region} and {arch}.",
          default: LOCAL_PARAMETER,
        },
      },
    },
    flag: { name: "ssm-parameter", commands: BAKING, value: "PATTERN" },
  },
  overwriteParameter: {
    group: "publish",
    field: boolean(
      "Set the parameter even if it names an AMI of another image (tag bake-ami:image), build, repository or architecture. Without this, nothing is created or changed.",
    ),
    input: { name: "overwrite-parameter", actions: ["bake", "plan", "rehearse", "promote"] },
    flag: { name: "overwrite-parameter", commands: [...BAKING, "promote"] },
  },
  packages: {
    group: "publish",
    field: word(PACKAGE_MODES, {
      doc: "Package list of the image. auto lists the packages of Debian-based and RPM-based images with one command before the instance stops. compare also reports the package changes since the previous image of `ssmParameter`, and stores the list as PARAMETER/packages/*. off lists no packages.",
      default: "auto",
    }),
    input: {
      name: "packages",
      actions: ["bake", "plan", "rehearse"],
      doc: "Package list of the image, for the outputs packages and sbom. auto lists the packages of Debian-based and RPM-based images with one command before the instance stops. compare also reports the package changes since the previous image of `ssmParameter` in the comment and the job summary, and stores the list as PARAMETER/packages/*. off lists no packages.",
    },
    flag: { name: "packages", commands: BAKING, value: PACKAGE_MODES.join("|") },
  },
} as const satisfies RequestTable;
