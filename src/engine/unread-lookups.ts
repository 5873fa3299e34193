import { BUILD_DATA_KEYS } from "../core/late.js";
import type { OptionNode } from "../options/node.js";
import type { BakePlan } from "../plan/plan.js";
import type { ResolveLookup } from "../template/load.js";
import type { BuildTemplate, Template } from "../template/template.js";
import type { UnreadLookups } from "./template-api.js";

/** A function that reads data sources, and why it could not read some. */
export interface TolerantLookups {
  readonly resolve: ResolveLookup;
  /** As sentences without a final period. */
  reasons(): readonly string[];
}

/**
 * Reads data sources and secrets with `resolve`. One that cannot be asked, because there are no credentials, no permission or no connection,
 * has an unknown value instead of an error.
 */
export function tolerateUnread(resolve: ResolveLookup): TolerantLookups {
  const reasons = new Set<string>();
  return {
    reasons: () => [...reasons],
    async resolve(request, secrets) {
      const result = await resolve(request, secrets);
      if (result.state !== "failed" || !result.unanswered) return result;
      const what = request.kind.startsWith("aws_") ? "A secret" : `Data source "${request.kind}"`;
      reasons.add(`${what} was not read: ${result.message}`);
      return { state: "skipped" };
    },
  };
}

/** Returns what could not be read, and the builds that depend on it; undefined if everything was read. */
export function unreadLookups(
  reasons: readonly string[],
  template: Template,
  plan: BakePlan | undefined,
): UnreadLookups | undefined {
  if (reasons.length === 0) return undefined;
  const all = template.builds.map(({ name }) => name);
  // In JSON templates, a variable without a value leaves no trace in the options.
  if (template.language === "json") return { reasons, builds: all };
  const unknown = template.builds.filter((build) => hasUnknown(build, generatedKeys(build, plan)));
  return { reasons, builds: unknown.length > 0 ? unknown.map(({ name }) => name) : all };
}

function generatedKeys({ name }: BuildTemplate, plan: BakePlan | undefined): readonly string[] {
  const build = plan?.builds.find(({ identity }) => identity.name === name);
  return build?.state === "ready" ? build.kind.generatedData : [];
}

/** Returns whether an option of the builder or of a provisioner is unknown, although all values of `build.X` are known. */
function hasUnknown({ builder, provisioners }: BuildTemplate, generated: readonly string[]): boolean {
  const data = Object.fromEntries([...BUILD_DATA_KEYS, ...generated].map((key) => [key, ""]));
  const nodes = [builder.options(undefined).node, ...provisioners.map((part) => part.options(data).node)];
  return nodes.some(containsUnknown);
}

function containsUnknown(node: OptionNode): boolean {
  if (node.kind === "list") return node.items.some(containsUnknown);
  if (node.kind === "object") return node.entries.some(({ value }) => containsUnknown(value));
  return node.kind === "unknown";
}
