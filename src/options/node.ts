import type { Range } from "../core/source.js";

/**
 * What the template languages hand to the schemas: values with places. Strings may still hold Go-template text.
 * Numbers keep their exact decimal text. `unknown` is a value that exists only later (an unread data source, `build.ID`).
 */
export type OptionNode =
  | {
      readonly kind: "string";
      readonly value: string;
      readonly range: Range;
      /** The value is used as it is: it was rendered already, and holds no template text. */
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

/** One key. HCL distinguishes attributes from blocks, and repeats a key for repeated blocks; JSON does neither. */
export interface OptionEntry {
  readonly key: string;
  readonly keyRange: Range;
  readonly value: OptionNode;
  readonly form?: "attribute" | "block" | undefined;
}

/** The string among the nodes. */
export type StringNode = Extract<OptionNode, { kind: "string" }>;

/** The entry of a key, compared without case as Packer does (§1.12). */
export function entryOf(node: ObjectNode, key: string): OptionEntry | undefined {
  return node.entries.find((entry) => entry.key.toLowerCase() === key.toLowerCase());
}

/** What a node is, for messages: `a number`, `an object`. */
export function describeNode(node: OptionNode): string {
  if (node.kind === "null") return "null";
  if (node.kind === "bool") return "a boolean";
  return node.kind === "object" || node.kind === "unknown" ? `an ${node.kind}` : `a ${node.kind}`;
}
