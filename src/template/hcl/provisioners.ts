import type { Range } from "../../core/source.js";
import type { ExpandedBlock } from "./dynamic-blocks.js";
import { childScope, type Scope } from "./evaluate/scope.js";
import { type OnlyExcept, readOnlyExcept } from "./only-except.js";
import type { Attribute, Body } from "./syntax/body.js";
import { partialContent } from "./syntax/content.js";
import { textAttribute } from "./text-attributes.js";

/** A part of a build as written: its options are read for each source anew. */
export interface PartBlock {
  readonly type: string;
  /** The block's `name`, which `inspect` shows; empty where it has none. */
  readonly givenName: string;
  readonly typeRange: Range;
  readonly range: Range;
  readonly body: Body;
  readonly iterators: ExpandedBlock["iterators"];
  readonly runs: OnlyExcept;
}

export interface ProvisionerBlock extends PartBlock {
  /** Options by the name of the source. */
  readonly override: Attribute | undefined;
}

const ATTRIBUTES = ["name", "only", "except", "override"].map((name) => ({ name }));

/** Reads a `provisioner` or `error-cleanup-provisioner` block. */
export function readProvisioner(each: ExpandedBlock, outer: Scope): ProvisionerBlock | undefined {
  const { block, iterators } = each;
  const [label] = block.labels;
  if (!label) return undefined;
  const scope = childScope(outer, iterators);
  const { content, rest, diagnostics } = partialContent(block.body, { attributes: ATTRIBUTES });
  scope.diagnostics.push(...diagnostics);
  return {
    type: label.text,
    givenName: textAttribute(content.attributes.get("name"), scope) ?? "",
    typeRange: label.range,
    range: block.headerRange,
    body: rest,
    iterators,
    runs: readOnlyExcept(content.attributes, scope),
    override: content.attributes.get("override"),
  };
}
