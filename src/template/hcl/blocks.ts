import type { Diagnostic } from "../../core/diagnostics.js";
import { reportError, type TemplateReading } from "./reading.js";
import type { ParsedFile } from "./source-files.js";
import type { Block } from "./syntax/body.js";
import { content } from "./syntax/content.js";
import { isIdentifier } from "./syntax/tokens.js";

/** The blocks of all files by type, in order of files and appearance (Packer §2.2). */
export interface TopLevelBlocks {
  readonly packer: readonly Block[];
  readonly variable: readonly Block[];
  readonly variables: readonly Block[];
  readonly locals: readonly Block[];
  readonly local: readonly Block[];
  readonly data: readonly Block[];
  readonly source: readonly Block[];
  readonly build: readonly Block[];
  readonly hcp_packer_registry: readonly Block[];
}

const SCHEMA = {
  blocks: [
    { type: "packer" },
    { type: "variable", labels: ["name"] },
    { type: "variables" },
    { type: "locals" },
    { type: "local", labels: ["name"] },
    { type: "data", labels: ["type", "name"] },
    { type: "source", labels: ["type", "name"] },
    { type: "build" },
    { type: "hcp_packer_registry" },
    // Parsed and ignored, as by Packer.
    { type: "communicator", labels: ["type", "name"] },
  ],
};

/** Groups the blocks of all files by type. Reports blocks that are not allowed at the top level of a template. */
export function collectBlocks(files: readonly ParsedFile[], diagnostics: Diagnostic[]): TopLevelBlocks {
  const blocks = files.flatMap((file) => {
    const found = content(file.body, SCHEMA);
    diagnostics.push(...found.diagnostics.map(addPlacementHint));
    return found.content.blocks;
  });
  const ofType = (type: string) => blocks.filter((block) => block.type === type);
  return {
    packer: ofType("packer"),
    variable: ofType("variable"),
    variables: ofType("variables"),
    locals: ofType("locals"),
    local: ofType("local"),
    data: ofType("data"),
    source: ofType("source"),
    build: ofType("build"),
    hcp_packer_registry: ofType("hcp_packer_registry"),
  };
}

const INSIDE_BUILD = /"(?:provisioner|post-processors?|error-cleanup-provisioner)"/;
const TERRAFORM = /"(?:resource|module|output|provider|terraform)"/;

/** Adds a hint for blocks that belong into a build block or into a Terraform configuration. */
function addPlacementHint(diagnostic: Diagnostic): Diagnostic {
  const detail = diagnostic.detail ?? "";
  if (INSIDE_BUILD.test(detail)) return { ...diagnostic, hint: "Move it into a build block." };
  if (TERRAFORM.test(detail))
    return { ...diagnostic, hint: "Remove it: this is a Terraform block, and the file is a Packer template." };
  return diagnostic;
}

/** Reports a block name that is not a valid identifier. */
export function checkBlockName(
  reading: TemplateReading,
  what: string,
  label: Block["labels"][number] | undefined,
): void {
  if (!label || isIdentifier(label.text)) return;
  reportError(reading, "wrong-name", `Invalid ${what} name "${label.text}"`, {
    detail:
      "A name must start with a letter or underscore and may contain only letters, digits, underscores and dashes.",
    range: label.range,
  });
}
