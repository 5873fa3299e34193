import { type ExpandedBlock, expandBlocks } from "./dynamic-blocks.js";
import { childScope, complain, type Scope } from "./evaluate/scope.js";
import { readOnlyExcept } from "./only-except.js";
import type { PartBlock } from "./provisioners.js";
import { content, partialContent } from "./syntax/content.js";
import { flagAttribute, textAttribute } from "./text-attributes.js";

export interface PostProcessorBlock extends PartBlock {
  /** The given name, or the type: target of `-except`. */
  readonly name: string;
  readonly keepInputArtifact: boolean | undefined;
}

const ATTRIBUTES = ["name", "only", "except", "keep_input_artifact"].map((name) => ({ name }));
const PIPELINE = {
  blocks: [
    { type: "post-processor", labels: ["type"] },
    { type: "dynamic", labels: ["type"] },
  ],
};

/** Reads a `post-processor` block that stands alone: a pipeline of one. */
export function readPostProcessor(each: ExpandedBlock, outer: Scope): readonly PostProcessorBlock[] {
  const { block, iterators } = each;
  const [label] = block.labels;
  if (!label) return [];
  const scope = childScope(outer, iterators);
  const found = partialContent(block.body, { attributes: ATTRIBUTES });
  scope.diagnostics.push(...found.diagnostics);
  const { attributes } = found.content;
  const givenName = textAttribute(attributes.get("name"), scope) ?? "";
  return [
    {
      type: label.text,
      givenName,
      typeRange: label.range,
      range: block.headerRange,
      body: found.rest,
      iterators,
      runs: readOnlyExcept(attributes, scope),
      name: givenName || label.text,
      keepInputArtifact: flagAttribute(attributes.get("keep_input_artifact"), scope),
    },
  ];
}

/** Reads a `post-processors` block: a pipeline. */
export function readPipeline(each: ExpandedBlock, outer: Scope): readonly PostProcessorBlock[] {
  const scope = each.iterators.length > 0 ? childScope(outer, each.iterators) : outer;
  const found = content(each.block.body, PIPELINE);
  scope.diagnostics.push(...found.diagnostics);
  return expandBlocks(found.content.blocks, scope, each.iterators).flatMap((inner) => {
    if (inner.block.type === "post-processor" && inner.block.labels.length === 1)
      return readPostProcessor(inner, outer);
    const summary = "Only post-processor blocks with one label can stand in post-processors";
    complain(scope, { code: "unexpected-block", summary, range: inner.block.typeRange });
    return [];
  });
}
