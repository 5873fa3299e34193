import { suggest } from "../../core/diagnostics.js";
import type { Range } from "../../core/source.js";
import type { Value } from "../values/value.js";
import { ANY_SOURCE, buildObject, sourceObject } from "./build-names.js";
import { type ExpandedBlock, expandBlocks } from "./dynamic-blocks.js";
import { didYouMean, type Scope } from "./evaluate/scope.js";
import {
  type PostProcessorBlock,
  type ProvisionerBlock,
  readPipeline,
  readPostProcessor,
  readProvisioner,
} from "./parts.js";
import { fullScope, reportError, type TemplateReading } from "./reading.js";
import { type Source, sourceReference } from "./sources.js";
import type { Block, Body } from "./syntax/body.js";
import { content, partialContent } from "./syntax/content.js";
import { textAttribute, textListAttribute } from "./text-attributes.js";

/** A source that a build references. */
export interface SourceUse {
  readonly source: Source;
  /** The name set by the `source` block in the build, or the name of the source. */
  readonly name: string;
  /** Options that the build adds to the source. */
  readonly extra: Body | undefined;
  readonly iterators: ExpandedBlock["iterators"];
  readonly range: Range;
}

/** A `build` block with its parts. */
export interface Build {
  readonly name: string;
  readonly description: string | undefined;
  readonly uses: readonly SourceUse[];
  /** `TYPE.NAME` of every referenced source, including unknown ones. */
  readonly named: readonly string[];
  /** The parts as written, for names and `inspect`: a dynamic block that needs the source is expanded once. */
  readonly parts: BuildParts;
  /** Returns the parts for one source. */
  readonly partsFor: (use: SourceUse) => BuildParts;
  readonly range: Range;
}

/** The provisioners and post-processors of a build. */
export interface BuildParts {
  readonly provisioners: readonly ProvisionerBlock[];
  readonly errorCleanup: ProvisionerBlock | undefined;
  readonly pipelines: readonly (readonly PostProcessorBlock[])[];
}

const SCHEMA = {
  attributes: [{ name: "name" }, { name: "description" }, { name: "sources" }],
  blocks: [
    { type: "source", labels: ["reference"] },
    { type: "provisioner", labels: ["type"] },
    { type: "error-cleanup-provisioner", labels: ["type"] },
    { type: "post-processor", labels: ["type"] },
    { type: "post-processors" },
    { type: "hcp_packer_registry" },
    { type: "dynamic", labels: ["type"] },
  ],
};
const LABELS: ReadonlyMap<string, number> = new Map(
  SCHEMA.blocks.map(({ type, labels }) => [type, labels?.length ?? 0]),
);

/** Reads a `build` block (Packer §2.3). */
export function readBuild(
  block: Block,
  sources: ReadonlyMap<string, Source>,
  names: ReadonlyMap<string, Value>,
  reading: TemplateReading,
): Build {
  const found = content(block.body, SCHEMA);
  reading.diagnostics.push(...found.diagnostics);
  const { attributes } = found.content;
  const outer = fullScope(reading, names);
  const name = textAttribute(attributes.get("name"), outer) ?? "";
  const scope = fullScope(
    reading,
    new Map([...names, ["source", ANY_SOURCE], ["build", buildObject(name, "null", undefined)]]),
  );
  const written = found.content.blocks.filter((each) => !makesSource(each));
  /** As in Packer, dynamic blocks can refer to the source, and not to the build. Names, `only` and `except` of the parts can refer to neither. */
  const expand = (source: Value): Expansion => {
    const expansion = fullScope(reading, new Map([...names, ["source", source]]));
    const blocks = expandBlocks(written, expansion).filter((each) => checkPlacement(each.block, reading));
    return { blocks, scope: expansion };
  };
  const any = expand(ANY_SOURCE);
  const sourceBlocks = expandBlocks(found.content.blocks.filter(makesSource), outer).filter((each) =>
    checkPlacement(each.block, reading),
  );
  const sourcesAttribute = attributes.get("sources");
  const readable = textListAttribute(sourcesAttribute, outer);
  const listed = readable ?? [];
  const list = sourcesAttribute?.expression;
  const places = list?.kind === "tuple" && list.items.length === listed.length ? list.items : [];
  const named = [
    ...listed.flatMap((text, i) =>
      listedSource(text, (places[i] ?? list)?.range ?? block.headerRange, sources, reading),
    ),
    ...sourceBlocks.flatMap((each) => sourceBlock(each, sources, reading)),
  ];
  // Sources that could not be read were reported already.
  const unreadable = sourcesAttribute !== undefined && readable === undefined;
  if (!unreadable && listed.length === 0 && sourceBlocks.length === 0) {
    reportError(reading, "build-without-source", "A build block must reference at least one source", {
      hint: 'Write sources = ["source.TYPE.NAME"].',
      range: block.headerRange,
    });
  }
  const parts = readParts(any, scope, reading);
  const isDynamic = written.some(({ type, body }) => type === "dynamic" || hasDynamicBlocks(body));
  return {
    name,
    description: textAttribute(attributes.get("description"), outer),
    uses: named.flatMap(({ use }) => use ?? []),
    named: named.map(({ display }) => display),
    parts,
    partsFor: ({ source, name: own }) =>
      isDynamic ? readParts(expand(sourceObject(source.type, own)), scope, reading) : parts,
    range: block.headerRange,
  };
}

/** Returns whether a block is a source, or makes sources: these are read before there is a source to refer to. */
function makesSource({ type, labels }: Block): boolean {
  return type === "source" || (type === "dynamic" && labels[0]?.text === "source");
}

/** The blocks of a build, and the scope in which they were expanded. */
interface Expansion {
  readonly blocks: readonly ExpandedBlock[];
  readonly scope: Scope;
}

function readParts({ blocks, scope: expansion }: Expansion, scope: Scope, reading: TemplateReading): BuildParts {
  const ofType = (type: string) => blocks.filter((each) => each.block.type === type);
  const [cleanup, second] = ofType("error-cleanup-provisioner");
  if (second) {
    reportError(reading, "second-error-cleanup", "A build block can have only one error-cleanup-provisioner block", {
      range: second.block.headerRange,
    });
  }
  return {
    provisioners: ofType("provisioner").flatMap((each) => readProvisioner(each, scope) ?? []),
    errorCleanup: cleanup && readProvisioner(cleanup, scope),
    pipelines: blocks.flatMap((each) => {
      if (each.block.type === "post-processors") return [readPipeline(each, scope, expansion)];
      return each.block.type === "post-processor" ? [readPostProcessor(each, scope)] : [];
    }),
  };
}

/** Returns whether a body has dynamic blocks of its own, as `post-processors` can have. */
function hasDynamicBlocks(body: Body): boolean {
  return body.syntax === "json" || body.blocks.some(({ type }) => type === "dynamic");
}

/** Returns true when the block is allowed in a build. Checks blocks that come from dynamic blocks too. */
function checkPlacement(block: Block, reading: TemplateReading): boolean {
  const labels = LABELS.get(block.type);
  if (labels === block.labels.length && block.type !== "dynamic") return true;
  const near = didYouMean(suggest(block.type, LABELS.keys()));
  if (labels === undefined) {
    reportError(reading, "unexpected-block", `Blocks of type "${block.type}" are not expected in a build block`, {
      hint: near,
      range: block.typeRange,
    });
  } else {
    reportError(
      reading,
      "wrong-labels",
      `A "${block.type}" block must have ${labels === 0 ? "no labels" : "one label"}`,
      {
        hint: labels === 1 ? "Set labels = [TYPE] in the dynamic block." : undefined,
        range: block.headerRange,
      },
    );
  }
  return false;
}

/** A source that a build references; `use` is undefined when the source does not exist. */
interface NamedSource {
  readonly display: string;
  readonly use: SourceUse | undefined;
}

function listedSource(
  text: string,
  range: Range,
  sources: ReadonlyMap<string, Source>,
  reading: TemplateReading,
): readonly NamedSource[] {
  const key = sourceReference(text, range, reading);
  if (key === undefined) return [];
  const source = findSource(key, range, sources, reading);
  const use = source && { source, name: source.name, extra: undefined, iterators: [], range };
  return [{ display: key, use }];
}

function findSource(
  key: string,
  range: Range,
  sources: ReadonlyMap<string, Source>,
  reading: TemplateReading,
): Source | undefined {
  const source = sources.get(key);
  if (!source) {
    const known = [...sources.keys()];
    reportError(reading, "unknown-source", `Unknown source "${key}"`, {
      detail: known.length > 0 ? `Known sources: ${known.join(", ")}.` : "The template has no source blocks.",
      hint: didYouMean(suggest(key, known)),
      range,
    });
  }
  return source;
}

/** `source "source.TYPE.NAME" { name = "…" … }`. */
function sourceBlock(
  each: ExpandedBlock,
  sources: ReadonlyMap<string, Source>,
  reading: TemplateReading,
): readonly NamedSource[] {
  const { block, iterators } = each;
  const [label] = block.labels;
  const key = label && sourceReference(label.text, label.range, reading);
  if (!label || key === undefined) return [];
  const source = findSource(key, label.range, sources, reading);
  const found = partialContent(block.body, { attributes: [{ name: "name" }] });
  reading.diagnostics.push(...found.diagnostics);
  const scope: Scope = fullScope(reading, new Map(iterators));
  const [type, own = ""] = key.split(".");
  const name = textAttribute(found.content.attributes.get("name"), scope) ?? own;
  const use = source && { source, name, extra: found.rest, iterators, range: block.headerRange };
  return [{ display: `${type}.${name}`, use }];
}
