import type { FieldsOf } from "../../../options/decoding.js";
import type { ObjectNode, OptionEntry, OptionNode } from "../../../options/node.js";
import { printString } from "../syntax/print.js";
import { isIdentifier } from "../syntax/tokens.js";
import { quotedText, type TextNames, upgradeText } from "./text.js";

/** Maps by their usual names, for kinds whose options are not known here. */
const MAPS =
  /(?:^|_)(?:tags?|vars?|variables|env|environment|labels?|filters?|metadata|headers|data|facter|json|build_args)$/i;

/** The lines of a body: arguments and blocks. `fields` say which is which; without them the shape decides. */
export function writeBody(node: ObjectNode, fields: FieldsOf | undefined, names: TextNames): readonly string[] {
  return node.entries.flatMap((entry) => writeOption(entry, fields, names));
}

function writeOption({ key, value }: OptionEntry, fields: FieldsOf | undefined, names: TextNames): readonly string[] {
  if (value.kind === "null") return [];
  const name = Object.keys(fields ?? {}).find((known) => known.toLowerCase() === key.toLowerCase());
  const field = name === undefined ? undefined : fields?.[name];
  const written = name ?? key;
  if (!isIdentifier(written)) return [`# ${JSON.stringify(key)} cannot be an argument of HCL2 and was left out`];
  const objects = value.kind === "list" ? value.items : [value];
  const areObjects = objects.length > 0 && objects.every((item) => item.kind === "object");
  const block = field ? field.block === true : areObjects && !isMap(key, value);
  if (block && areObjects) {
    return objects.flatMap((item) =>
      item.kind === "object" ? [`${written} {`, ...writeBody(item, field?.fields, names), "}"] : [],
    );
  }
  if (block && value.kind === "list" && value.items.length === 0) return [];
  if (field?.type.startsWith("list") && value.kind === "string")
    return [`${written} = ${writeSplit(value.value, names)}`];
  return [`${written} = ${writeValue(value, names)}`];
}

/** A guess: by the name, or by a key that no argument can have. */
function isMap(key: string, value: OptionNode): boolean {
  if (value.kind !== "object") return false;
  return MAPS.test(key) || value.entries.some((entry) => !isIdentifier(entry.key));
}

/** Text that stands for a list is cut at commas, and no text is no item (Packer §1.12); HCL2 needs the list. */
function writeSplit(text: string, names: TextNames): string {
  if (text === "") return "[]";
  if (text.includes("{{")) return `compact(split(",", ${quotedText(text, names)}))`;
  return `[${text.split(",").map(printString).join(", ")}]`;
}

/** A value as an HCL2 expression. */
export function writeValue(node: OptionNode, names: TextNames): string {
  switch (node.kind) {
    case "string":
      return upgradeText(node.value, names);
    case "number":
      return node.value;
    case "bool":
      return String(node.value);
    case "list": {
      const items = node.items.map((item) => writeValue(item, names));
      return items.length > 1 ? `[\n${items.map((item) => `${item},`).join("\n")}\n]` : `[${items.join("")}]`;
    }
    case "object": {
      const lines = node.entries.map(
        ({ key, value }) => `${isIdentifier(key) ? key : quotedText(key, names)} = ${writeValue(value, names)}`,
      );
      return lines.length === 0 ? "{}" : `{\n${lines.join("\n")}\n}`;
    }
    default:
      return "null";
  }
}
