import type { Range } from "../../core/source.js";
import { PLACEHOLDER } from "../../options/context.js";
import type { OptionNode, StringNode } from "../../options/node.js";
import { type Complaints, described } from "./complain.js";

/** A variable of the template; without a default it is required (Packer §1.3). */
export interface VariableDeclaration {
  readonly name: string;
  readonly range: Range;
  readonly default: StringNode | undefined;
}

/** Reads `variables`: text, or null for a variable that must be given. */
export function readVariables(node: OptionNode | undefined, told: Complaints): readonly VariableDeclaration[] {
  if (!node || node.kind === "null") return [];
  if (node.kind !== "object") {
    told.error("wrong-section", `"variables" must be an object, not ${described(node)}`, node.range);
    return [];
  }
  return node.entries.map(({ key, keyRange, value }) => {
    if (value.kind !== "string" && value.kind !== "null") {
      told.error(
        "variable-not-text",
        `variable "${key}": the value must be text or null, not ${described(value)}`,
        value.range,
        {
          hint:
            value.kind === "number" || value.kind === "bool"
              ? `Put it in quotes: "${value.value}".`
              : "A JSON template knows text alone.",
        },
      );
    }
    return {
      name: key,
      range: keyRange,
      default: value.kind === "string" ? value : value.kind === "null" ? undefined : refusedAt(value),
    };
  });
}

/** Stands for a value that was refused, so that what uses it is not complained of too. */
function refusedAt({ range }: OptionNode): StringNode {
  return { kind: "string", value: PLACEHOLDER, range };
}
