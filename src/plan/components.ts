import type { Diagnostic } from "../core/diagnostics.js";
import { BUILT_IN_PLUGINS, pluginOfType, type RequiredPlugin } from "../template/plugins.js";
import type { PartTemplate, Template } from "../template/template.js";
import type { Catalog, RefusedKind } from "./kinds.js";
import { findKind } from "./plan-part.js";

/** A component: the type of a builder, data source, provisioner or post-processor. */
export interface Component {
  readonly part: RefusedKind["part"];
  readonly type: string;
}

/** A component that a template uses. */
export interface UsedComponent extends Component {
  /** Why it is not available: an unsupported type is a warning, an unknown type is an error. Undefined if it is built in. */
  readonly problem: Diagnostic | undefined;
}

/** What a template needs. */
export interface PluginRequirements {
  /** The required plugins in order of declaration, each with its components that the template uses. */
  readonly plugins: readonly (RequiredPlugin & { readonly components: readonly UsedComponent[] })[];
  /** The used components that belong to no required plugin. */
  readonly others: readonly UsedComponent[];
}

/** The built-in components of a plugin of Packer. */
export interface BuiltInPlugin {
  /** The source address; `packer` for the components of Packer itself. */
  readonly source: string;
  readonly components: readonly Component[];
}

/** Returns the plugins that a template requires, and the components that its selected builds and its data sources use. */
export function pluginRequirements(template: Template, catalog: Catalog): PluginRequirements {
  const components = usedComponents(template, catalog);
  const names = template.requiredPlugins.map(({ name }) => name);
  const ownedBy = (name: string | undefined) => components.filter(({ type }) => pluginOfType(type, names) === name);
  return {
    plugins: template.requiredPlugins.map((plugin) => ({ ...plugin, components: ownedBy(plugin.name) })),
    others: ownedBy(undefined),
  };
}

/** Returns the types of all parts of a template, each once: builders, data sources, provisioners, post-processors. */
function usedComponents({ builds, dataSources }: Template, catalog: Catalog): readonly UsedComponent[] {
  const provisioners = builds.flatMap((build) => [...build.provisioners, build.errorCleanup].flatMap((it) => it ?? []));
  const parts: readonly (readonly [Component["part"], ReadonlyMap<string, unknown>, readonly PartTemplate[]])[] = [
    ["builder", catalog.builders, builds.map(({ builder }) => builder)],
    ["data-source", catalog.dataSources, dataSources],
    ["provisioner", catalog.provisioners, provisioners],
    ["post-processor", catalog.postProcessors, builds.flatMap(({ postProcessors }) => postProcessors.flat())],
  ];
  return parts.flatMap(([part, kinds, used]) =>
    used
      .filter(({ type }, index) => used.findIndex((other) => other.type === type) === index)
      .map((each) => ({ part, type: each.type, problem: findKind(part, kinds, each, catalog).diagnostics[0] })),
  );
}

/** Returns all built-in components by plugin, in the order of the source addresses; those of Packer itself are last. */
export function builtInPlugins(catalog: Catalog): readonly BuiltInPlugin[] {
  const kinds = [catalog.builders, catalog.dataSources, catalog.provisioners, catalog.postProcessors];
  const components = kinds.flatMap((each): Component[] => [...each.values()].map(({ part, type }) => ({ part, type })));
  const names = Object.keys(BUILT_IN_PLUGINS);
  const ownedBy = (name: string | undefined) => components.filter(({ type }) => pluginOfType(type, names) === name);
  const plugins = Object.entries(BUILT_IN_PLUGINS).map(([name, source]) => ({ source, components: ownedBy(name) }));
  return [
    ...plugins.filter((plugin) => plugin.components.length > 0).sort((a, b) => (a.source < b.source ? -1 : 1)),
    { source: "packer", components: ownedBy(undefined) },
  ];
}
