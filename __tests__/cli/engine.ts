import type { BakeEvent } from "../../src/core/events.js";
import type { BakeRun, Engine, PreparedTemplate } from "../../src/engine/api.js";
import { filesToFormat, format } from "../../src/engine/format.js";
import type { BakeRequest } from "../../src/engine/request.js";
import type { BakePlan } from "../../src/plan/plan.js";

/** A plan of nothing. */
export const PLAN: BakePlan = {
  language: "json",
  path: "images/web.json",
  root: "/work/images",
  builds: [],
  secrets: ["hunter2"],
  sources: [],
  variables: [{ name: "version", value: "1.2" }],
  planAgain: async () => undefined,
};

/** What an engine was asked. */
export interface RecordedEngine extends Engine {
  readonly requests: BakeRequest[];
  readonly runs: BakeRun[];
}

/** An engine that reads any template as `prepared` and tells `events` as its bake. */
export function recordedEngine(events: readonly BakeEvent[], prepared: Partial<PreparedTemplate> = {}): RecordedEngine {
  const requests: BakeRequest[] = [];
  const runs: BakeRun[] = [];
  return {
    requests,
    runs,
    prepare: async (request, { mask }) => {
      requests.push(request);
      for (const secret of PLAN.secrets) mask(secret);
      return { template: undefined, plan: PLAN, diagnostics: [], sources: [], ...prepared };
    },
    bake: async (_plan, _request, run) => {
      runs.push(run);
      for (const event of events) for (const listener of run.listeners) listener(event);
      const last = events.at(-1);
      return { outcome: last?.type === "bake-ended" ? last.outcome : "failed", builds: [], duration: 0 };
    },
    preflight: async () => [],
    preview: async () => ({ builds: [], changes: false, account: undefined }),
    requiredComponents: async () => ({ requirements: { plugins: [], others: [] }, diagnostics: [], sources: [] }),
    builtInComponents: async () => [],
    printPolicy: async () => ({ text: "{}", statements: [], notes: [] }),
    policy: async () => ({ Version: "2012-10-17", Statement: [] }),
    upgrade: async ({ text }) => ({ text: `# ${text}\n`, diagnostics: [] }),
    fix: async ({ text }) => ({ text, diagnostics: [], sources: [] }),
    format: async (source) => format(source),
    filesToFormat: async (path, cwd, recursive) => filesToFormat(path, cwd, recursive),
    evaluate: async (text, _request, mask) => {
      mask("hunter2");
      return { text: `= ${text} hunter2`, diagnostics: [], secrets: ["hunter2"], pending: [] };
    },
    serveLocal: async () => ({ environment: {}, close: async () => {} }),
    localContents: async () => ({ stateDirectory: "", images: [], parameters: [] }),
    resetLocal: async () => "",
    localShell: async () => 0,
    shell: async () => 0,
    openLocal: async () => ({ stateDirectory: "", recorded: () => [], close: async () => {} }),
    sweep: async () => {
      throw new Error("nobody sweeps here");
    },
    prune: async () => ({
      rows: [],
      removed: [],
      leftovers: [],
      left: [],
      unread: [],
      notCounted: undefined,
      text: "",
    }),
    removeOlder: async () => ({
      rows: [],
      removed: [],
      leftovers: [],
      left: [],
      unread: [],
      notCounted: undefined,
      text: "",
    }),
    promote: async () => ({ images: {}, previous: {}, moved: [], skipped: [] }),
    rollback: async () => ({ images: {}, previous: {}, moved: [], skipped: [] }),
    history: async () => [],
    matrix: async () => ({ matrix: { include: [] }, notices: [], errors: [], sources: [] }),
    release: async (run) => {
      for (const listener of run.listeners) {
        listener({ type: "resource", action: "released", kind: "instance", id: "i-1", region: "us-east-1", at: 0 });
      }
      run.ledger.append({ op: "released", at: 0, key: "k" });
      return [];
    },
  };
}
