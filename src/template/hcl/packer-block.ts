import { hasPrerelease, PACKER_VERSION, parseConstraints, parseVersion, satisfies } from "../packer-version.js";
import { BUILT_IN_PLUGINS, pluginName, type RequiredPlugin } from "../plugins.js";
import type { Value } from "../values/value.js";
import { evaluate } from "./evaluate/scope.js";
import { constantScope, reportError, type TemplateReading } from "./reading.js";
import type { Attribute, Block } from "./syntax/body.js";
import { content, justAttributes } from "./syntax/content.js";

/**
 * Reads `packer` blocks (Packer §2.2): checks the required version, and reports plugins that are not built in as a notice. Returns the
 * valid requirements.
 */
export function readPackerBlocks(blocks: readonly Block[], reading: TemplateReading): readonly RequiredPlugin[] {
  const required: RequiredPlugin[] = [];
  const declared = new Map<string, Attribute>();
  for (const block of blocks) {
    const found = content(block.body, {
      attributes: [{ name: "required_version" }],
      blocks: [{ type: "required_plugins" }],
    });
    reading.diagnostics.push(...found.diagnostics);
    const version = found.content.attributes.get("required_version");
    if (version) checkVersion(version, reading);
    for (const inner of found.content.blocks) {
      const plugins = justAttributes(inner.body);
      reading.diagnostics.push(...plugins.diagnostics);
      required.push(...plugins.attributes.flatMap((plugin) => readPlugin(plugin, declared, reading) ?? []));
    }
  }
  return required;
}

function checkVersion(attribute: Attribute, reading: TemplateReading): void {
  const { range } = attribute.expression;
  const value = evaluate(attribute.expression, constantScope(reading));
  // As in Packer, null is no constraint.
  if (value.kind === "null") return;
  const constraints = readConstraints(value, attribute, reading);
  const ours = parseVersion(PACKER_VERSION);
  if (!constraints || !ours || satisfies(ours, constraints)) return;
  reportError(
    reading,
    "unsupported-packer-version",
    `This configuration does not support Packer version ${PACKER_VERSION}`,
    {
      detail: `bake-ami reads templates as Packer ${PACKER_VERSION} does, but "required_version" excludes this version.`,
      hint: "Update the version constraint if the template works with this version.",
      range,
    },
  );
}

function readConstraints(value: Value, attribute: Attribute, reading: TemplateReading) {
  const constraints = value.kind === "string" ? parseConstraints(value.value) : undefined;
  const { range } = attribute.expression;
  if (!constraints) {
    if (value.kind !== "unknown") {
      reportError(reading, "wrong-version-constraint", "Invalid version constraint", {
        hint: 'Write a constraint such as ">= 1.7.0, < 2.0.0".',
        range,
      });
    }
    return undefined;
  }
  return constraints;
}

/** Returns the requirement for a plugin; undefined if it is invalid. */
function readPlugin(
  attribute: Attribute,
  declared: Map<string, Attribute>,
  reading: TemplateReading,
): RequiredPlugin | undefined {
  const { name, range } = attribute;
  const first = declared.get(name);
  if (first) {
    reading.diagnostics.push({
      severity: "error",
      code: "duplicate-plugin",
      summary: `Duplicate required plugin "${name}"`,
      range: attribute.nameRange,
      related: { text: "First required here", range: first.nameRange },
    });
    return undefined;
  }
  declared.set(name, attribute);
  const value = evaluate(attribute.expression, constantScope(reading));
  const hint = `Write ${name} = { source = "github.com/hashicorp/${name}", version = ">= 1.0.0" }.`;
  if (!("entries" in value)) {
    if (value.kind === "unknown") return undefined;
    reportError(reading, "wrong-plugin", `The requirement for plugin "${name}" must be an object`, { hint, range });
    return undefined;
  }
  const [version, source] = [value.entries.get("version"), value.entries.get("source")];
  if (!version || !source) {
    reportError(
      reading,
      "wrong-plugin",
      `The requirement for plugin "${name}" has no "${version ? "source" : "version"}"`,
      {
        hint,
        range,
      },
    );
    return undefined;
  }
  if (hasPrerelease(readConstraints(version, attribute, reading) ?? []))
    reportError(
      reading,
      "wrong-version-constraint",
      "The version constraint of a plugin cannot contain a pre-release version",
      {
        range: attribute.expression.range,
      },
    );
  const address = source.kind === "string" ? source.value : "";
  const plugin = pluginName(address);
  if (plugin === undefined) {
    reportError(reading, "wrong-plugin", `The source of plugin "${name}" must have the format HOST/OWNER/NAME`, {
      hint,
      range,
    });
    return undefined;
  }
  if (!Object.hasOwn(BUILT_IN_PLUGINS, plugin)) reportForeignPlugin(attribute, address, reading);
  const constraint = version.kind === "string" ? version.value : "";
  return { name, source: address, constraint, range: attribute.nameRange };
}

function reportForeignPlugin(attribute: Attribute, source: string, reading: TemplateReading): void {
  reading.diagnostics.push({
    severity: "notice",
    code: "foreign-plugin",
    summary: `Plugin "${source}" is not loaded: bake-ami does not run plugins`,
    detail: "Builds that use its builders, provisioners or post-processors fail. All other builds run.",
    range: attribute.nameRange,
  });
}
