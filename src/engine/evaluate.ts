import { type ConsoleResult, evaluateConsole } from "../template/hcl/console.js";
import type { EngineSetting, Mask } from "./api.js";
import { hostLookups } from "./host.js";
import type { BakeRequest } from "./request.js";

/** Evaluates one expression in a template. Data sources are not read; their values are unknown. */
export async function evaluate(
  expression: string,
  request: BakeRequest,
  mask: Mask,
  setting: EngineSetting,
): Promise<ConsoleResult> {
  const lookups = hostLookups({
    cwd: request.workingDirectory,
    env: setting.env,
    startedAt: setting.startedAt,
    ask: () => ({ state: "skipped" }),
  });
  const result = await evaluateConsole(expression, request.template, lookups);
  for (const secret of result.secrets) mask(secret);
  return result;
}
