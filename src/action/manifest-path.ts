import { resolve } from "node:path";
import type { BakePlan } from "../plan/plan.js";

/** Where the template's first manifest post-processor writes; absolute, undefined where there is none. */
export function manifestPath(plan: BakePlan, workingDirectory: string): string | undefined {
  for (const build of plan.builds) {
    if (build.state !== "ready") continue;
    const manifest = build.postProcessors.flat().find((part) => part.kind.type === "manifest");
    const prepared = manifest?.prepare({});
    if (!prepared?.ok || typeof prepared.options !== "object" || prepared.options === null) continue;
    const output: unknown = Reflect.get(prepared.options, "output");
    if (typeof output === "string") return resolve(workingDirectory, output);
  }
  return undefined;
}
