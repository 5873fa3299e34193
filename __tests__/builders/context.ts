import { openLedger } from "../../src/core/ledger.js";
import type { BuilderContext, Machine, Release } from "../../src/core/parts.js";
import type { Surroundings } from "../../src/core/surroundings.js";
import { partContext } from "../support/context.js";

/** Returns the context of a builder without a cloud, its events, and a function that runs its releases. */
export function builderContext(
  cwd: string,
  provision: (machine: Machine) => Promise<void> = async () => undefined,
  more: Partial<Pick<BuilderContext, "needsMachine">> & Partial<Pick<Surroundings, "clock">> = {},
) {
  const releases: Release[] = [];
  const part = partContext(cwd);
  const context: BuilderContext = {
    ...part,
    surroundings: { ...part.surroundings, clock: more.clock ?? part.surroundings.clock },
    ledger: openLedger({ append: () => undefined }, Date.now),
    releases: {
      defer(release) {
        releases.push(release);
        return () => undefined;
      },
    },
    place: () => undefined,
    useAccount: () => undefined,
    provision,
    tests: undefined,
    needsMachine: more.needsMachine ?? true,
    fingerprint: async () => ({ known: false, why: "test", namePattern: undefined }),
    keepImage: () => undefined,
    afterPublish: () => undefined,
    untilEnd: () => undefined,
    checkParameters: async () => undefined,
    callerAddress: async () => "192.0.2.1",
    routeTo: async () => undefined,
  };
  const end = async () => {
    for (const release of releases.reverse()) await release.run(part.signal);
  };
  return { context, events: part.events, end };
}
