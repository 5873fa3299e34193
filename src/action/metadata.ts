import type { ActionName, RequestTable } from "../engine/requests/entry.js";
import { inputsOf, type ListedInput } from "../engine/requests/listing.js";
import type { OutputName } from "../report/outputs.js";

/** What an `action.yml` says besides its inputs. */
export interface ActionMetadata {
  /** Path of the file from the root of the repository. */
  readonly file: string;
  readonly name: string;
  readonly description: string;
  /** A Feather icon, for the Marketplace. */
  readonly icon: string;
  /** Descriptions by the output's name. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Launchers in `dist/`; a step with `post` releases there what an interrupted run left. */
  readonly main: string;
  readonly post: string | undefined;
}

const BAKE_OUTPUTS: Readonly<Record<OutputName, string>> = {
  "ami-id": "AMI in the build's own Region, of the first amazon-ebs build that succeeded.",
  "ami-ids": "AMIs of that build by Region, as JSON, for use with fromJSON.",
  "artifact-id": "All of them as Packer writes them, region:ami separated by commas, sorted.",
  "image-name": "Name of the AMI.",
  "source-ami": "AMI that the instance was launched from.",
  "snapshot-ids": "Snapshots behind the AMIs by Region, as JSON.",
  "ssm-parameters": "Names of the parameters that were moved, by Region, as JSON.",
  manifest: "Absolute paths of the manifest files that were written, one a line.",
  packages: "Path of the list of that build's packages, as JSON, on the runner; empty where there is none.",
  sbom: "Path of its software bill of materials (CycloneDX 1.6, JSON) on the runner; empty where there is none.",
  builds: "All builds with their outcome, artifacts and AMIs, as JSON.",
  duration: "Whole seconds that the bake took.",
  outcome: "succeeded, failed or cancelled.",
  skipped: "true when an unchanged image was reused instead of baking (skip-unchanged).",
  reason: "Why the image was reused, or what changed.",
};

/** All actions. */
export const ACTIONS: Readonly<Record<ActionName, ActionMetadata>> = {
  bake: {
    file: "action.yml",
    name: "bake-ami",
    description:
      "Bakes AMIs from the Packer templates you already have, copies them to every region and publishes their ids. No Packer at run time.",
    icon: "hard-drive",
    outputs: BAKE_OUTPUTS,
    main: "dist/main.js",
    post: "dist/post.js",
  },
  rehearse: {
    file: "rehearse/action.yml",
    name: "bake-ami rehearse",
    description:
      "Rehearses a Packer template on the runner - real provisioners in a sandbox, a local EC2 and Parameter Store, no AWS account - with the report of a bake.",
    icon: "play-circle",
    outputs: BAKE_OUTPUTS,
    main: "../dist/rehearse.js",
    post: undefined,
  },
  promote: {
    file: "promote/action.yml",
    name: "bake-ami promote",
    description:
      "Points a Parameter Store parameter (or a label on it) at a baked image in every region at one moment, or back at what it named before.",
    icon: "arrow-up-circle",
    outputs: {
      "ami-ids": "What the parameter (or label) names now, as JSON by region.",
      previous: "What it named before, as JSON by region; a region where it named nothing is left out.",
      moved:
        "All that was checked, as JSON - a list of region, pointer, imageId, previous, before (the version that named the previous image; when, in milliseconds, and by whom it was written), version and moved.",
      changed: "true when anything was moved; false when all named the image already.",
    },
    main: "../dist/promote.js",
    post: undefined,
  },
  prune: {
    file: "prune/action.yml",
    name: "bake-ami prune",
    description:
      "Removes older images that bake-ami made and that nothing in the account uses, with their snapshots, in every region.",
    icon: "scissors",
    outputs: {
      images:
        "Every image that was checked, as JSON - a list of region, imageId, name, age (milliseconds), what, why and spared (old enough to be removed, but used, shared or protected).",
      removed: "What was removed or disabled (with dry-run, what would be), as such a list.",
      left: "What could not be removed, as JSON - a list of kind, region, id and why.",
    },
    main: "../dist/prune.js",
    post: undefined,
  },
  sweep: {
    file: "sweep/action.yml",
    name: "bake-ami sweep",
    description:
      "Removes what lost bakes left in the account, found by bake-ami's own tags alone, in every region. Finished images are never touched.",
    icon: "trash-2",
    outputs: {
      removed: "What was removed (with dry-run, what would be), as JSON - a list of kind, id and region.",
      left: "What could not be removed, as JSON - a list of kind, id, region and why.",
    },
    main: "../dist/sweep.js",
    post: undefined,
  },
  matrix: {
    file: "matrix/action.yml",
    name: "bake-ami matrix",
    description: "Finds the templates of a folder and gives them as the JSON of a GitHub matrix, one job a template.",
    icon: "grid",
    outputs: {
      matrix:
        "Value for strategy.matrix, with fromJSON - the key include holds jobs with name, template, image and only.",
    },
    main: "../dist/matrix.js",
    post: undefined,
  },
};

/** Columns of a description in an `action.yml`. */
const WIDTH = 130;

/** The text of an `action.yml`; its inputs are those that a table gives the action. */
export function actionYaml(table: RequestTable, action: ActionName): string {
  const { name, description, icon, outputs, main, post } = ACTIONS[action];
  return [
    "# Written by scripts/docs.mjs from src/engine/requests and src/action/metadata.ts: change these, then run it.",
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

/** A folded block, in which no character has a meaning of its own; on one line where it is short and plain. */
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

/** Quoted where YAML would read another type. */
function scalar(text: string): string {
  const isPlain = /^[a-z/][\w{}./-]*$/.test(text) && !/^(true|false|null|yes|no|on|off)$/.test(text);
  return isPlain ? text : JSON.stringify(text);
}
