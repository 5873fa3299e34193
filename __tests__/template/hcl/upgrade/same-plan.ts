import { catalog } from "../../../../src/catalog.js";
import type { DecodeContext } from "../../../../src/options/context.js";
import type { OptionNode } from "../../../../src/options/node.js";
import type { BuildTemplate, LoadedTemplate, PartTemplate } from "../../../../src/template/template.js";

const DATA = Object.fromEntries(
  ["ID", "Host", "Port", "User", "Password", "ConnType", "PackerRunUUID", "PackerHTTPAddr", "PackerHTTPIP"]
    .concat([
      "PackerHTTPPort",
      "SSHPublicKey",
      "SSHPrivateKey",
      "SSHPrivateKeyFile",
      "SourceAMI",
      "SourceAMIName",
      "BuildRegion",
    ])
    .map((key) => [key, `<${key}>`]),
);

/** Options that are lists: a string in place of a list is split at commas (Packer §1.12). */
const LISTS = new Set(
  [...catalog.builders.values()].flatMap(({ schema }) =>
    Object.entries(schema.fields).flatMap(([name, field]) => (field.type.startsWith("list") ? [name] : [])),
  ),
);

export interface Plan {
  readonly errors: readonly string[];
  readonly builds: readonly unknown[] | undefined;
}

/** Returns the rendered builds of a template, in one form for both languages. */
export function planOf(loaded: LoadedTemplate): Plan {
  const errors = loaded.diagnostics.filter(({ severity }) => severity === "error").map(({ summary }) => summary);
  return { errors, builds: loaded.template?.builds.map(planOfBuild) };
}

function planOfBuild(build: BuildTemplate): unknown {
  const context = build.decodeContext(DATA);
  const part = (template: PartTemplate) => [template.type, normal(template.options(DATA).node, context)];
  return {
    // The name of a source must be an identifier.
    name: build.shortName.replace(/[^\p{ID_Continue}-]/gu, "_"),
    builder: part(build.builder),
    provisioners: build.provisioners.map(part),
    errorCleanup: build.errorCleanup && part(build.errorCleanup),
    postProcessors: build.postProcessors.map((pipeline) =>
      pipeline.map((template) => [template.name, template.keepInputArtifact, ...part(template)]),
    ),
  };
}

/** Renders strings. A list of one object equals the object, as one block does. Omits nulls. */
function normal(node: OptionNode, context: DecodeContext): unknown {
  switch (node.kind) {
    case "string": {
      const rendered = context.render(node);
      return rendered.ok ? rendered.value : "failed";
    }
    case "list": {
      const [only, ...others] = node.items;
      if (only?.kind === "object" && others.length === 0) return normal(only, context);
      return node.items.map((item) => normal(item, context));
    }
    case "object": {
      const result: Record<string, unknown[]> = {};
      for (const { key, value } of node.entries) {
        if (value.kind === "null" || (value.kind === "list" && value.items.length === 0)) continue;
        const name = context.render({ kind: "string", value: key, range: node.range });
        const text = name.ok ? name.value : key;
        const inner = normal(value, context);
        if (LISTS.has(text) && typeof inner === "string") {
          if (inner !== "") result[text] = inner.split(",");
          continue;
        }
        result[text] = [...(result[text] ?? []), ...(value.kind === "list" && Array.isArray(inner) ? inner : [inner])];
      }
      return result;
    }
    case "number":
      return node.value;
    default:
      return "value" in node ? node.value : undefined;
  }
}
