import type { FieldsOf } from "../../../options/decoding.js";
import type { ObjectNode, OptionEntry, OptionNode } from "../../../options/node.js";
import { printString } from "../syntax/print.js";
import { isIdentifier } from "../syntax/tokens.js";
import type { TextNames } from "./compile.js";
import { quotedText, upgradeText } from "./text.js";

/** Usual names of maps, for kinds whose options are unknown. */
const MAPS =
  /(?:^|_)(?:tags?|vars?|variables|env|environment|labels?|filters?|metadata|headers|data|facter|json|build_args)$/i;

/** The options of a kind: their fields, and the new names of old ones. */
export interface KnownOptions {
  readonly fields: FieldsOf;
  readonly renamed?: Readonly<Record<string, string>> | undefined;
}

/** Returns the lines of a body. Known options distinguish arguments from blocks; for unknown ones, the values decide. */
export function writeBody(node: ObjectNode, known: KnownOptions | undefined, names: TextNames): readonly string[] {
  return node.entries.flatMap((entry) => {
    const key = known?.renamed?.[entry.key.toLowerCase()] ?? entry.key;
    return writeOption({ ...entry, key }, known?.fields, names);
  });
}

function writeOption({ key, value }: OptionEntry, fields: FieldsOf | undefined, names: TextNames): readonly string[] {
  if (value.kind === "null") return [];
  const name = Object.keys(fields ?? {}).find((known) => known.toLowerCase() === key.toLowerCase());
  const field = name === undefined ? undefined : fields?.[name];
  const written = name ?? key;
  if (!isIdentifier(written)) return [`# ${JSON.stringify(key)} is not a valid HCL2 argument name and was omitted`];
  const objects = value.kind === "list" ? value.items : [value];
  const areObjects = objects.length > 0 && objects.every((item) => item.kind === "object");
  const block = field ? field.block === true : areObjects && !isMap(key, value);
  if (block && areObjects) {
    return objects.flatMap((item) =>
      item.kind === "object"
        ? [`${written} {`, ...writeBody(item, field?.fields && { fields: field.fields }, names), "}"]
        : [],
    );
  }
  if (block && value.kind === "list" && value.items.length === 0) return [];
  if (field?.type.startsWith("list") && value.kind === "string")
    return [`${written} = ${writeSplit(value.value, names)}`];
  return [`${written} = ${writeValue(value, names)}`];
}

/** Returns true when the value is probably a map: by its name, or by a key that cannot be an argument name. */
function isMap(key: string, value: OptionNode): boolean {
  if (value.kind !== "object") return false;
  return MAPS.test(key) || value.entries.some((entry) => !isIdentifier(entry.key));
}

/** Returns a list for a string with commas. JSON templates split such a string (Packer §1.12), HCL2 needs a list. */
function writeSplit(text: string, names: TextNames): string {
  if (text === "") return "[]";
  if (text.includes("{{")) return `compact(split(",", ${quotedText(text, names)}))`;
  return `[${text.split(",").map(printString).join(", ")}]`;
}

/** Returns a value as an HCL2 expression. */
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
