import type { Range } from "../core/source.js";

/**
 * Values with places, as the template languages pass them to the schemas. Strings may still contain Go-template text.
 * Numbers keep their exact decimal text. `unknown` is a value that is known only later (an unread data source, `build.ID`).
 */
export type OptionNode =
  | {
      readonly kind: "string";
      readonly value: string;
      readonly range: Range;
      /** The value is used unchanged: it was rendered already, or is not a template. */
      readonly literal?: true | undefined;
    }
  | { readonly kind: "number"; readonly value: string; readonly range: Range }
  | { readonly kind: "bool"; readonly value: boolean; readonly range: Range }
  | { readonly kind: "null"; readonly range: Range }
  | { readonly kind: "unknown"; readonly range: Range }
  | ListNode
  | ObjectNode;

interface ListNode {
  readonly kind: "list";
  readonly items: readonly OptionNode[];
  readonly range: Range;
}

/** An object, or a block of HCL2. Keys may repeat. */
export interface ObjectNode {
  readonly kind: "object";
  readonly entries: readonly OptionEntry[];
  readonly range: Range;
}

/** A key with its value. HCL2 has attributes and blocks, and repeats the key of repeated blocks; JSON does neither. */
export interface OptionEntry {
  readonly key: string;
  readonly keyRange: Range;
  readonly value: OptionNode;
  readonly form?: "attribute" | "block" | undefined;
}

/** A node that is a string. */
export type StringNode = Extract<OptionNode, { kind: "string" }>;

/** Returns the entry of a key. Ignores case, as Packer does (§1.12). */
export function entryOf(node: ObjectNode, key: string): OptionEntry | undefined {
  return node.entries.find((entry) => entry.key.toLowerCase() === key.toLowerCase());
}

/** Returns the kind of a node for messages: `a number`, `an object`. */
export function describeNode(node: OptionNode): string {
  if (node.kind === "null") return "null";
  if (node.kind === "bool") return "a boolean";
  return node.kind === "object" || node.kind === "unknown" ? `an ${node.kind}` : `a ${node.kind}`;
}
