import {
  CIDRS_VARIABLE,
  ON_ERROR_WORDS,
  type Parsed,
  parseAge,
  parseCidr,
  parseCount,
  parseRegion,
  parseWord,
  splitList,
} from "../core/request-values.js";
import { type BakeRequest, LOCAL_CIDRS, LOCAL_PARAMETER, PACKAGE_MODES } from "../engine/request.js";
import type { FlagSpec, ParsedFlags } from "./flags.js";
import { RETENTION_FLAGS, retentionRequest } from "./retention-flags.js";
import { ACCEPTED_FLAGS, type FlagProblems, flagProblems, TEMPLATE_FLAGS, templateRequest } from "./template-flags.js";
import { COLOR_FLAG } from "./terminal.js";

/** Flags of `build` that Packer has (Packer §7.1). */
const PACKER_FLAGS: readonly FlagSpec[] = [
  COLOR_FLAG,
  {
    name: "debug",
    kind: "boolean",
    doc: "One build at a time, with a pause before each provisioner; the temporary SSH key is saved meanwhile.",
  },
  { name: "force", kind: "boolean", doc: "Replace an image of the same name, once the new one is there." },
  {
    name: "on-error",
    kind: "text",
    value: ON_ERROR_WORDS.join("|"),
    doc: "What a failed build does with what it made (default: cleanup).",
  },
  { name: "parallel-builds", kind: "text", value: "N", doc: "Builds at once; 0 is no limit (default)." },
  { name: "timestamp-ui", kind: "boolean", doc: "The time before each line." },
  { name: "warn-on-undeclared-var", kind: "boolean", doc: "Warn of values in variable files that no variable takes." },
  { name: "skip-enforcement", kind: "boolean", doc: "Accepted; there is no registry that enforces." },
];

/** Flags for what comes after the build, one for each publishing input of the Action. */
const PUBLISHING_FLAGS: readonly FlagSpec[] = [
  { name: "regions", kind: "texts", value: "A,B", doc: "Copy the AMI to these regions, beside the template's." },
  { name: "region", kind: "text", value: "REGION", doc: "Region where the template names none." },
  {
    name: "missing-region",
    kind: "text",
    value: "fail|warn",
    doc: "Whether a failed copy fails the bake (default: fail).",
  },
  {
    name: "image",
    kind: "text",
    value: "NAME",
    doc: "{image} of parameter names (default: the template's file name).",
  },
  {
    name: "ssm-parameter",
    kind: "text",
    value: "PATTERN",
    doc: "Parameter that names the latest AMI of a region, e.g. /images/{image}/latest.",
  },
  {
    name: "ssh-source-cidrs",
    kind: "texts",
    value: "CIDR,…",
    doc: "Networks that may reach SSH (default: this machine's own address).",
  },
  { name: "spot-fallback", kind: "boolean", doc: "Launch on demand when there is no spot capacity." },
  { name: "skip-unchanged", kind: "boolean", doc: "Take the newest image with the same inputs instead of baking." },
  {
    name: "max-age",
    kind: "text",
    value: "AGE",
    doc: "With -skip-unchanged: bake anyway when the image is older, e.g. 7d.",
  },
  {
    name: "max-instance-minutes",
    kind: "text",
    value: "N",
    doc: "The instance terminates itself after this time, should this machine be lost.",
  },
  {
    name: "packages",
    kind: "text",
    value: PACKAGE_MODES.join("|"),
    doc: "Whether the packages of the image are listed before the stop (default: auto), and with compare what changed since the image before: the list is kept below the parameter.",
  },
  {
    name: "sbom",
    kind: "text",
    value: "DIR",
    doc: "Write each image's package list and software bill of materials (CycloneDX) to a folder.",
  },
  { name: "summary", kind: "text", value: "FILE", doc: "Write the summary (Markdown) to a file." },
  { name: "comment", kind: "text", value: "FILE", doc: "Write the pull-request comment (Markdown) to a file." },
  { name: "ledger", kind: "text", value: "FILE", doc: "Where the record of what is created is kept." },
];

/** Flags of the local cloud. */
export const LOCAL_FLAGS: readonly FlagSpec[] = [
  { name: "local", kind: "boolean", doc: "Bake on this machine: sandboxes and a local EC2 and SSM, no AWS account." },
  {
    name: "local-state",
    kind: "text",
    value: "DIR",
    doc: "Where the local cloud keeps its images and parameters (default: in the user's cache).",
  },
];

/** All flags of `build`. */
export const BUILD_FLAGS: readonly FlagSpec[] = [
  ...PACKER_FLAGS,
  ...TEMPLATE_FLAGS,
  ...PUBLISHING_FLAGS,
  ...RETENTION_FLAGS,
  ...LOCAL_FLAGS,
  ...ACCEPTED_FLAGS,
];

/** The flags as a request; `problems` tells what is wrong, all at once. */
export function buildRequest(
  flags: ParsedFlags,
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): { readonly request: BakeRequest; readonly problems: readonly string[] } {
  const problems = flagProblems();
  const retention = retentionRequest(flags, (problem) => void problems.all.push(problem));
  const request: BakeRequest = {
    workingDirectory: cwd,
    template: {
      ...templateRequest(flags, problems),
      warnOnUndeclaredVariables: flags.boolean("warn-on-undeclared-var") ?? false,
    },
    settings: buildSettings(flags, env, problems),
    parallelBuilds: parsed(flags, problems, "parallel-builds", (text) => parseCount(text, 0)) || undefined,
    image: flags.text("image"),
    ...parameterRequest(flags),
    packages: parsed(flags, problems, "packages", (text) => parseWord(text, PACKAGE_MODES)) ?? "auto",
    ...(retention ? { retention } : {}),
  };
  return { request, problems: problems.all };
}

function buildSettings(
  flags: ParsedFlags,
  env: Readonly<Record<string, string | undefined>>,
  problems: FlagProblems,
): BakeRequest["settings"] {
  const items = <T>(name: string, texts: readonly string[], parse: (text: string) => Parsed<T>) =>
    texts.flatMap(splitList).flatMap((item) => problems.take(name, parse(item)) ?? []);
  const cidrs = flags.texts("ssh-source-cidrs");
  return {
    onError: parsed(flags, problems, "on-error", (text) => parseWord(text, ON_ERROR_WORDS)) ?? "cleanup",
    force: flags.boolean("force") ?? false,
    debug: flags.boolean("debug") ?? false,
    regions: [...new Set(items("regions", flags.texts("regions"), parseRegion))],
    defaultRegion: parsed(flags, problems, "region", parseRegion),
    missingRegion: parsed(flags, problems, "missing-region", (text) => parseWord(text, ["fail", "warn"])) ?? "fail",
    spotFallback: flags.boolean("spot-fallback") ?? false,
    sshSourceCidrs: items("ssh-source-cidrs", cidrs.length > 0 ? cidrs : cidrsByDefault(flags, env), parseCidr),
    skipUnchanged: {
      enabled: flags.boolean("skip-unchanged") ?? false,
      maxAge: parsed(flags, problems, "max-age", parseAge),
    },
    deadManMinutes: parsed(flags, problems, "max-instance-minutes", (text) => parseCount(text, 1)),
  };
}

function parameterRequest(flags: ParsedFlags): Pick<BakeRequest, "ssmParameter" | "ssmParameterByDefault"> {
  const given = flags.text("ssm-parameter");
  if (given !== undefined || !flags.boolean("local")) return { ssmParameter: given };
  return { ssmParameter: LOCAL_PARAMETER, ssmParameterByDefault: true };
}

function cidrsByDefault(flags: ParsedFlags, env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const given = env[CIDRS_VARIABLE];
  if (given) return [given];
  return flags.boolean("local") ? LOCAL_CIDRS : [];
}

function parsed<T>(
  flags: ParsedFlags,
  problems: FlagProblems,
  name: string,
  parse: (text: string) => Parsed<T>,
): T | undefined {
  const text = flags.text(name);
  return text === undefined ? undefined : problems.take(name, parse(text));
}
