import type { Lookups } from "../template/lookups.js";
import type { Engine } from "./api.js";
import type { Interruption } from "./interruption.js";

/** Where an engine runs. */
export interface EngineSetting {
  /** A copy of the process environment; the local cloud puts its address and keys into it. */
  readonly env: Record<string, string | undefined>;
  readonly interruption: Interruption;
  /** The start of the run: the one instant of all timestamps. */
  readonly startedAt: Date;
  /** Lookups that are not this machine's own: clocks and random values that are the same every time, for fingerprints. */
  readonly lookups?: Partial<Lookups> | undefined;
}

/** The engine. Each part is loaded when it is first called: bad input is answered before an SDK is loaded, and post loads no builder. */
export function engine(setting: EngineSetting): Engine {
  return {
    prepare: async (request, mode) => (await import("./prepare.js")).prepare(request, mode, setting),
    bake: async (plan, request, run) => (await import("./bake.js")).bakePlan(plan, request, run, setting),
    upgrade: async (source) => (await import("./upgrade.js")).upgrade(source),
    evaluate: async (expression, request) => (await import("./evaluate.js")).evaluate(expression, request, setting),
    openLocal: async (options) => (await import("./local.js")).openLocal(options, setting),
    sweep: async (run) => (await import("./sweep.js")).sweep(run, setting),
    prune: async (run) => (await import("./prune.js")).prune(run, setting),
    promote: async (run) => (await import("./promotion.js")).promote(run, setting),
    rollback: async (run) => (await import("./promotion.js")).rollback(run, setting),
    history: async (run) => (await import("./promotion.js")).history(run, setting),
    release: async (run) => (await import("./release.js")).releaseRecords(run, setting),
  };
}
