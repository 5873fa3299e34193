import type { ActionName, RequestTable } from "../engine/requests/entry.js";
import { inputsOf, type ListedInput } from "../engine/requests/listing.js";
import type { OutputName } from "../report/outputs.js";

/** The parts of an `action.yml` in addition to the inputs. */
export interface ActionMetadata {
  /** Path of the file from the root of the repository. */
  readonly file: string;
  readonly name: string;
  readonly description: string;
  /** A Feather icon, for the Marketplace. */
  readonly icon: string;
  /** Descriptions by the output's name. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Launchers in `dist/`. `post` releases the resources of an interrupted run. */
  readonly main: string;
  readonly post: string | undefined;
}

const BAKE_OUTPUTS: Readonly<Record<OutputName, string>> = {
  "ami-id": "ID of the AMI in the Region of the build, for the first amazon-ebs build that succeeded.",
  "ami-ids": "AMI IDs of that build by Region, as JSON for fromJSON.",
  "artifact-id": "AMI IDs of that build in Packer's format - region:ami, sorted and separated by commas.",
  "image-name": "Name of the AMI.",
  "source-ami": "ID of the source AMI.",
  "snapshot-ids": "Snapshot IDs of the AMIs by Region, as JSON.",
  "ssm-parameters": "Names of the updated parameters by Region, as JSON.",
  manifest: "Absolute paths of the manifest files, one per line.",
  packages: "Path of the package list of that build on the runner (JSON). Empty if there is none.",
  sbom: "Path of the software bill of materials of that build on the runner (CycloneDX 1.6, JSON). Empty if there is none.",
  tests: "passed or failed - the result of the image tests of all builds. Empty if no tests ended.",
  "test-results":
    "Path of the results of the image tests on the runner (JUnit XML), also if tests failed. Empty if no tests ended.",
  builds: "All builds with their outcome, artifacts, AMIs and numbers of tests, as JSON.",
  duration: "Duration of the bake in whole seconds.",
  outcome: "Outcome of the bake - succeeded, failed or cancelled.",
  skipped: "true if an unchanged AMI was reused instead of baking (skip-unchanged), otherwise false.",
  reason: "Reason why the AMI was reused or resumed, or what changed.",
};

/** All actions. */
export const ACTIONS: Readonly<Record<ActionName, ActionMetadata>> = {
  bake: {
    file: "action.yml",
    name: "bake-ami",
    description:
      "Bake AMIs from your Packer templates, copy them to other Regions and publish their IDs. Runs without Packer.",
    icon: "hard-drive",
    outputs: BAKE_OUTPUTS,
    main: "dist/main.js",
    post: "dist/post.js",
  },
  plan: {
    file: "plan/action.yml",
    name: "bake-ami plan",
    description:
      "Report what a bake would do on the pull request that changes it - which builds and why, Regions, parameters, removed images. Creates nothing.",
    icon: "search",
    outputs: {
      changes:
        "true if the bake would create, change or remove anything, or if this is not known; otherwise false. Empty if the plan failed.",
      plan: "The plan as JSON (docs/plan.md). {} if the plan failed.",
      "comment-url": "URL of the pull-request comment. Empty if none was written.",
    },
    main: "../dist/plan.js",
    post: undefined,
  },
  rehearse: {
    file: "rehearse/action.yml",
    name: "bake-ami rehearse",
    description:
      "Test a Packer template on the runner, without an AWS account. Provisioners run in a sandbox with a local EC2 and Parameter Store.",
    icon: "play-circle",
    outputs: BAKE_OUTPUTS,
    main: "../dist/rehearse.js",
    post: undefined,
  },
  promote: {
    file: "promote/action.yml",
    name: "bake-ami promote",
    description:
      "Set a Parameter Store parameter, or one of its labels, to a baked image in all Regions together, or roll it back to the previous image.",
    icon: "arrow-up-circle",
    outputs: {
      "ami-ids": "Current AMI IDs of the parameter or label by Region, as JSON.",
      previous: "Previous AMI IDs by Region, as JSON. Regions without a previous AMI are omitted.",
      moved:
        "All parameters, labels and launch templates that were checked, as a JSON array of objects with region, pointer, imageId, previous, before (the version of the previous image, with its time in milliseconds and its author), version and moved.",
      changed: "true if anything was changed, false if everything was already set to the image.",
    },
    main: "../dist/promote.js",
    post: undefined,
  },
  prune: {
    file: "prune/action.yml",
    name: "bake-ami prune",
    description:
      "Remove older images that bake-ami made and that are not in use, with their snapshots, in all Regions of the account.",
    icon: "scissors",
    outputs: {
      images:
        "All images that were checked, as a JSON array of objects with region, imageId, name, age (milliseconds), what, why and spared (true if the image is old enough to be removed, but is used, shared or protected).",
      removed:
        "Images that were removed or disabled (with dry-run, that would be), as a JSON array of the same objects.",
      left: "Resources that could not be removed, as a JSON array of objects with kind, region, id and why.",
    },
    main: "../dist/prune.js",
    post: undefined,
  },
  sweep: {
    file: "sweep/action.yml",
    name: "bake-ami sweep",
    description:
      "Remove resources that interrupted bakes left in the account, found by the tags of bake-ami, in all Regions. Finished images are kept.",
    icon: "trash-2",
    outputs: {
      removed:
        "Resources that were removed (with dry-run, that would be), as a JSON array of objects with kind, id and region.",
      left: "Resources that could not be removed, as a JSON array of objects with kind, id, region and why.",
    },
    main: "../dist/sweep.js",
    post: undefined,
  },
  matrix: {
    file: "matrix/action.yml",
    name: "bake-ami matrix",
    description: "Find the Packer templates of a directory and output a job matrix with one job per template.",
    icon: "grid",
    outputs: {
      matrix:
        "Value of strategy.matrix for fromJSON. The key include has one object per job, with name, template, image and only.",
    },
    main: "../dist/matrix.js",
    post: undefined,
  },
};

/** Longest line of a description in an `action.yml`, in columns. */
const WIDTH = 130;

/** Returns the text of an `action.yml`, with the inputs of the table. */
export function actionYaml(table: RequestTable, action: ActionName): string {
  const { name, description, icon, outputs, main, post } = ACTIONS[action];
  return [
    "# Generated by scripts/docs.mjs. Change the sources, then run `npm run docs`.",
    `name: ${name}`,
    `description: ${description}`,
    "author: bake-ami",
    "branding:",
    `  icon: ${icon}`,
    "  color: orange",
    "",
    "inputs:",
    ...inputsOf(table, action).flatMap(inputYaml),
    "",
    "outputs:",
    ...Object.entries(outputs).flatMap(([output, text]) => [`  ${output}:`, ...descriptionYaml(text)]),
    "",
    "runs:",
    "  using: node24",
    `  main: ${main}`,
    ...(post === undefined ? [] : [`  post: ${post}`]),
    "",
  ].join("\n");
}

function inputYaml({ name, doc, required, default: value }: ListedInput): readonly string[] {
  const last = required ? "    required: true" : `    default: ${scalar(value)}`;
  return [`  ${name}:`, ...descriptionYaml(doc), last];
}

/** Returns a folded block, in which no character needs escaping, or a single line if the text is short and plain. */
function descriptionYaml(text: string): readonly string[] {
  const line = `    description: ${text}`;
  const isPlain = /^[A-Za-z]/.test(text) && !/: | #/.test(text);
  if (isPlain && line.length <= WIDTH) return [line];
  return ["    description: >-", ...wrap(text).map((each) => `      ${each}`)];
}

function wrap(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 7 <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Returns a YAML scalar, quoted if YAML would read another type. */
function scalar(text: string): string {
  const isPlain = /^[a-z/][\w{}./-]*$/.test(text) && !/^(true|false|null|yes|no|on|off)$/.test(text);
  return isPlain ? text : JSON.stringify(text);
}
