import type { Range } from "../../core/source.js";
import { type ExpandedBlock, expandBlocks } from "./dynamic-blocks.js";
import { childScope, reportProblem, type Scope } from "./evaluate/scope.js";
import type { Attribute, Body } from "./syntax/body.js";
import { content, partialContent } from "./syntax/content.js";
import { boolAttribute, textAttribute, textListAttribute } from "./text-attributes.js";

/** A provisioner or post-processor block of a build. Its options are read again for each source. */
export interface PartBlock {
  readonly type: string;
  /** The `name` of the block, as `inspect` shows it; empty when it is not set. */
  readonly givenName: string;
  readonly typeRange: Range;
  readonly range: Range;
  readonly body: Body;
  readonly iterators: ExpandedBlock["iterators"];
  readonly runs: OnlyExcept;
}

/** A `provisioner` or `error-cleanup-provisioner` block. */
export interface ProvisionerBlock extends PartBlock {
  /** Options by the name of the source. */
  readonly override: Attribute | undefined;
}

/** A `post-processor` block. */
export interface PostProcessorBlock extends PartBlock {
  /** The `name` of the block, or its type. `-except` matches it. */
  readonly name: string;
  readonly keepInputArtifact: boolean | undefined;
}

/** Reads the arguments that all parts have, and `own`, the additional argument of one kind of part. */
function readPart({ block, iterators }: ExpandedBlock, outer: Scope, own: string) {
  const [label] = block.labels;
  if (!label) return undefined;
  const scope = childScope(outer, iterators);
  const found = partialContent(block.body, { attributes: ["name", "only", "except", own].map((name) => ({ name })) });
  scope.diagnostics.push(...found.diagnostics);
  const { attributes } = found.content;
  const part: PartBlock = {
    type: label.text,
    givenName: textAttribute(attributes.get("name"), scope) ?? "",
    typeRange: label.range,
    range: block.headerRange,
    body: found.rest,
    iterators,
    runs: readOnlyExcept(attributes, scope),
  };
  return { part, own: attributes.get(own), scope };
}

/** Reads a `provisioner` or `error-cleanup-provisioner` block. */
export function readProvisioner(each: ExpandedBlock, outer: Scope): ProvisionerBlock | undefined {
  const found = readPart(each, outer, "override");
  return found && { ...found.part, override: found.own };
}

/** Reads a `post-processor` block outside of `post-processors`: a pipeline of one. */
export function readPostProcessor(each: ExpandedBlock, outer: Scope): readonly PostProcessorBlock[] {
  const found = readPart(each, outer, "keep_input_artifact");
  if (!found) return [];
  const { part, own, scope } = found;
  return [{ ...part, name: part.givenName || part.type, keepInputArtifact: boolAttribute(own, scope) }];
}

const PIPELINE = {
  blocks: [
    { type: "post-processor", labels: ["type"] },
    { type: "dynamic", labels: ["type"] },
  ],
};

/** Reads a `post-processors` block: a pipeline. `expansion` is the scope in which its dynamic blocks are expanded. */
export function readPipeline(each: ExpandedBlock, outer: Scope, expansion: Scope): readonly PostProcessorBlock[] {
  const scope = each.iterators.length > 0 ? childScope(expansion, each.iterators) : expansion;
  const found = content(each.block.body, PIPELINE);
  scope.diagnostics.push(...found.diagnostics);
  return expandBlocks(found.content.blocks, scope, each.iterators).flatMap((inner) => {
    if (inner.block.type === "post-processor" && inner.block.labels.length === 1)
      return readPostProcessor(inner, outer);
    const summary = 'A "post-processors" block can contain only "post-processor" blocks with one label';
    reportProblem(scope, { code: "unexpected-block", summary, range: inner.block.typeRange });
    return [];
  });
}

/** The sources that a provisioner or post-processor runs for. Entries must equal `TYPE.NAME` exactly (Packer §2.3). */
interface OnlyExcept {
  readonly only: readonly string[];
  readonly except: readonly string[];
}

function readOnlyExcept(attributes: ReadonlyMap<string, Attribute>, scope: Scope): OnlyExcept {
  const only = textListAttribute(attributes.get("only"), scope) ?? [];
  const except = textListAttribute(attributes.get("except"), scope) ?? [];
  const second = attributes.get("except");
  if (only.length > 0 && except.length > 0 && second) {
    const summary = 'Only one of "only" or "except" may be specified';
    reportProblem(scope, { code: "only-and-except", summary, range: second.nameRange });
  }
  return { only, except };
}

/** Returns true when the part runs for the source `TYPE.NAME`. */
export function runsFor({ only, except }: OnlyExcept, source: string): boolean {
  return only.length > 0 ? only.includes(source) : !except.includes(source);
}
