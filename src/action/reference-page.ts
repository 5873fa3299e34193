import { ACTION_NAMES, type ActionName, GROUPS, type RequestTable } from "../engine/requests/entry.js";
import { inputsOf, type ListedInput } from "../engine/requests/listing.js";
import { ACTIONS } from "./metadata.js";

/** Returns `docs/action.md`: the inputs and outputs of all actions, as Markdown. */
export function actionPage(table: RequestTable): string {
  return [
    "# Inputs and outputs of the actions\n",
    '"Enable debug logging" of a run prints [the debug log](debugging.md) of every action. `PACKER_LOG: 1` with `PACKER_LOG_PATH` in `env` writes it to a file.\n',
    "## Inputs\n",
    inputTables(inputsOf(table, "bake"), "###"),
    "## Outputs\n",
    "Outputs are set at the end of the bake, also if it failed or was cancelled. AMIs that were created before a failure are included.\n",
    "A bake that was killed (SIGKILL, a lost runner) sets no outputs: later steps and jobs read empty text. The post step cannot set them,",
    "because GitHub ignores the outputs of post steps. It writes the job summary and the comment. Run a job that needs the AMIs",
    "only if `outcome` is `succeeded`.\n",
    outputTable("bake"),
    ...ACTION_NAMES.filter((action) => action !== "bake").flatMap((action) => [
      `## OWNER/bake-ami/${action}@v1\n`,
      `${ACTIONS[action].description}\n`,
      inputTables(inputsOf(table, action), undefined),
      action === "rehearse" ? "The outputs are the same as those of the bake.\n" : outputTable(action),
    ]),
  ].join("\n");
}

/** Returns one table, or one table per group under its heading. */
function inputTables(inputs: readonly ListedInput[], heading: "###" | undefined): string {
  if (heading === undefined) return inputTable(inputs);
  const groups = Object.entries(GROUPS).filter(([group]) => inputs.some((input) => input.group === group));
  return groups
    .map(([group, title]) => `${heading} ${title}\n\n${inputTable(inputs.filter((input) => input.group === group))}`)
    .join("\n");
}

function inputTable(inputs: readonly ListedInput[]): string {
  const rows = inputs.map(({ name, type, required, default: value, doc }) =>
    row([`\`${name}\``, type, required ? "**required**" : value && `\`${value}\``, doc]),
  );
  return ["| Input | Type | Default | Description |", "| --- | --- | --- | --- |", ...rows, ""].join("\n");
}

function outputTable(action: ActionName): string {
  const rows = Object.entries(ACTIONS[action].outputs).map(([name, doc]) => row([`\`${name}\``, doc]));
  return ["| Output | Description |", "| --- | --- |", ...rows, ""].join("\n");
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
