import type { Engine, EngineSetting } from "./api.js";

/** Returns the engine. Each part is loaded when it is first called, so invalid input is reported before the AWS SDK is loaded. */
export function engine(setting: EngineSetting): Engine {
  const prepare: Engine["prepare"] = async (request, mode) =>
    (await import("./prepare.js")).prepare(request, mode, setting);
  return {
    prepare,
    bake: async (plan, request, run) => (await import("./bake.js")).bakePlan(plan, request, run, setting),
    preflight: async (plan, request, run) =>
      (await import("./preflight.js")).preflightPlan(plan, request, run, setting),
    preview: async (plan, request, run) => (await import("./preview.js")).previewPlan(plan, request, run, setting),
    requiredComponents: async (request, mask) =>
      (await import("./components.js")).requiredComponents(request, mask, { prepare }),
    builtInComponents: async () => (await import("./components.js")).builtInComponents(),
    policy: async (plan, request, options) => (await import("./policy.js")).policyOf(plan, request, options),
    printPolicy: async (plan, request, print) => (await import("./print-policy.js")).printPolicy(plan, request, print),
    upgrade: async (source) => (await import("./upgrade.js")).upgrade(source),
    fix: async (source, validate) => (await import("./fix.js")).fix(source, validate),
    format: async (source) => (await import("./format.js")).format(source),
    filesToFormat: async (path, cwd, recursive) => (await import("./format.js")).filesToFormat(path, cwd, recursive),
    evaluate: async (expression, request, mask) =>
      (await import("./evaluate.js")).evaluate(expression, request, mask, setting),
    openLocal: async (options) => (await import("./local.js")).openLocal(options, setting),
    serveLocal: async (run) => (await import("./local.js")).serveLocal(run, setting),
    localContents: async (directory) => (await import("./local.js")).localContents(directory, setting),
    resetLocal: async (directory) => (await import("./local.js")).resetLocal(directory, setting),
    localShell: async (run) => (await import("./local.js")).localShell(run, setting),
    shell: async (run) => (await import("./shell.js")).shell(run, setting),
    sweep: async (run) => (await import("./sweep.js")).sweep(run, setting),
    prune: async (run) => (await import("./prune.js")).prune(run, setting),
    removeOlder: async (run) => (await import("./prune.js")).removeOlder(run, setting),
    promote: async (run) => (await import("./promotion.js")).promote(run, setting),
    rollback: async (run) => (await import("./promotion.js")).rollback(run, setting),
    history: async (run) => (await import("./promotion.js")).history(run, setting),
    matrix: async (run) => (await import("./matrix.js")).readMatrix(run, { prepare }),
    release: async (run) => (await import("./release.js")).releaseRecords(run, setting),
  };
}
