import { catalog } from "../catalog.js";
import { hasErrors } from "../core/diagnostics.js";
import { type BuiltInPlugin, builtInPlugins, pluginRequirements } from "../plan/components.js";
import type { Engine } from "./api.js";
import type { BakeRequest } from "./request.js";
import type { Mask, RequiredComponents } from "./template-api.js";

/**
 * Returns the plugins and components that a template needs. Only syntax errors and invalid `packer` blocks are errors: as in Packer's
 * `init`, variables can be unset.
 */
export async function requiredComponents(
  request: BakeRequest,
  mask: Mask,
  { prepare }: Pick<Engine, "prepare">,
): Promise<RequiredComponents> {
  const { template, diagnostics, sources } = await prepare(request, { purpose: "inspect", mask });
  if (!template || hasErrors(diagnostics)) return { requirements: undefined, diagnostics, sources };
  return { requirements: pluginRequirements(template, catalog), diagnostics: [], sources };
}

/** Returns the built-in components by plugin. */
export function builtInComponents(): readonly BuiltInPlugin[] {
  return builtInPlugins(catalog);
}
