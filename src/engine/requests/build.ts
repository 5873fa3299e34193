import { parseAge, parseRegion } from "../../core/request-values.js";
import { ON_ERROR_WORDS } from "../../core/settings.js";
import { parsed, text } from "../../options/fields.js";
import { commas } from "../../options/separated-lists.js";
import { LOCAL_PARAMETER, PACKAGE_MODES } from "../request.js";
import type { RequestTable } from "./entry.js";
import { boolean, cidr, count, regions, word } from "./fields.js";

/** How the instances of a bake run. */
export const BUILD = {
  onError: {
    group: "build",
    field: word(ON_ERROR_WORDS, {
      doc: "What a failed build does with what it made - cleanup, abort (keep it), ask or run-cleanup-provisioner (run it, then keep).",
      default: "cleanup",
    }),
    input: {
      name: "on-error",
      actions: ["bake"],
      doc: "What a failed build does with what it made - cleanup, abort (keep it), ask (as cleanup, since nobody can answer) or run-cleanup-provisioner (run it, then keep).",
    },
    flag: { name: "on-error", commands: ["build"], value: ON_ERROR_WORDS.join("|") },
  },
  force: {
    group: "build",
    field: boolean("Replace an existing image of the same name, once the new one exists (Packer's -force)."),
    input: { name: "force", actions: ["bake", "rehearse"] },
    flag: { name: "force", commands: ["build"] },
  },
  debug: {
    group: "build",
    field: boolean(
      "One build at a time, with a pause before each provisioner; the temporary SSH key is saved meanwhile.",
    ),
    flag: { name: "debug", commands: ["build"] },
  },
  parallelBuilds: {
    group: "build",
    field: count(0, { doc: "Builds to bake at once; 0 is no limit.", default: 0 }),
    input: { name: "parallel-builds", actions: ["bake", "rehearse"] },
    flag: { name: "parallel-builds", commands: ["build"], value: "N" },
  },
  spotFallback: {
    group: "build",
    field: boolean("Launch on demand when the template asks for a spot instance and there is no capacity."),
    input: { name: "spot-fallback", actions: ["bake"] },
    flag: { name: "spot-fallback", commands: ["build"] },
  },
  sshSourceCidrs: {
    group: "build",
    field: commas(cidr, {
      doc: "Networks that may reach SSH on the instance, separated by commas or line breaks. By default only the address that bake-ami runs at; where that cannot be found out the bake stops before it creates anything.",
    }),
    input: { name: "ssh-source-cidrs", actions: ["bake"] },
    flag: { name: "ssh-source-cidrs", commands: ["build"], value: "CIDR,…" },
  },
  maxInstanceMinutes: {
    group: "build",
    field: count(1, {
      doc: "The instance terminates itself after so many minutes, in case bake-ami is killed and cannot release it. Off by default.",
    }),
    input: { name: "max-instance-minutes", actions: ["bake"] },
    flag: { name: "max-instance-minutes", commands: ["build"], value: "N" },
  },
  skipUnchanged: {
    group: "build",
    field: boolean(
      "Reuse the newest finished image with the same fingerprint (template, scripts, files, variables, source AMI) instead of baking, and add what it lacks: copies, tags, parameters.",
    ),
    input: { name: "skip-unchanged", actions: ["bake"] },
    flag: { name: "skip-unchanged", commands: ["build"] },
  },
  maxAge: {
    group: "build",
    field: parsed("age", parseAge, {
      doc: "With `skipUnchanged`, bake anyway when that image is older, for example 7d or 12h.",
    }),
    input: { name: "max-age", actions: ["bake"] },
    flag: { name: "max-age", commands: ["build"], value: "AGE" },
  },
} as const satisfies RequestTable;

/** Where the images of a bake go, and which name they are published under. */
export const PUBLISH = {
  buildRegion: {
    group: "publish",
    field: parsed("Region", parseRegion, {
      doc: "Region to bake in where the template names none. Without it, AWS_REGION or the profile decides.",
    }),
    input: { name: "aws-region", actions: ["bake", "rehearse"] },
    flag: { name: "region", commands: ["build"], value: "REGION" },
  },
  copyRegions: {
    group: "publish",
    field: regions(
      "Copy each AMI to these Regions too, in addition to the template's ami_regions; separated by commas or line breaks.",
    ),
    input: { name: "regions", actions: ["bake", "rehearse"] },
    flag: { name: "regions", commands: ["build"], value: "A,B" },
  },
  missingRegion: {
    group: "publish",
    field: word(["fail", "warn"], {
      doc: "What a failed copy to a Region does, fail or warn. The other Regions are published either way.",
      default: "fail",
    }),
    input: { name: "missing-region", actions: ["bake", "rehearse"] },
    flag: { name: "missing-region", commands: ["build"], value: "fail|warn" },
  },
  image: {
    group: "publish",
    field: text({
      doc: "Name of the image in `ssmParameter` and in reports. By default the template's file name without extensions.",
    }),
    input: { name: "image", actions: ["bake", "rehearse"] },
    flag: { name: "image", commands: ["build"], value: "NAME" },
  },
  ssmParameter: {
    group: "publish",
    field: text({
      doc: "Parameter Store parameter (type aws:ec2:image) that names the latest AMI in each of its Regions, for example /images/{image}/latest. May hold {image}, {build}, {region} and {arch}. Empty writes none.",
    }),
    input: {
      name: "ssm-parameter",
      actions: ["bake", "rehearse"],
      differs: {
        rehearse: {
          doc: "Parameter of the local Parameter Store that names the latest AMI in each of its Regions. May hold {image}, {build}, {region} and {arch}.",
          default: LOCAL_PARAMETER,
        },
      },
    },
    flag: { name: "ssm-parameter", commands: ["build"], value: "PATTERN" },
  },
  packages: {
    group: "publish",
    field: word(PACKAGE_MODES, {
      doc: "auto lists the packages of Debian- and RPM-like images with one command before the stop. compare also reports what changed since the image that `ssmParameter` named before - the list is kept below the parameter, as PARAMETER/packages/*. off does neither.",
      default: "auto",
    }),
    input: {
      name: "packages",
      actions: ["bake", "rehearse"],
      doc: "auto lists the packages of Debian- and RPM-like images with one command before the stop, for the outputs packages and sbom. compare also reports in comment and summary what changed since the image that `ssmParameter` named before - the list is kept below the parameter, as PARAMETER/packages/*. off does neither.",
    },
    flag: { name: "packages", commands: ["build"], value: PACKAGE_MODES.join("|") },
  },
} as const satisfies RequestTable;
