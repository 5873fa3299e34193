import type { Clock } from "../core/clock.js";
import { createdOnce, entryOf } from "../core/per-run.js";
import type { CallScope } from "./client/session.js";
import { INTERVALS, waitFor } from "./client/wait.js";

/** Snapshot copies that EC2 runs at the same time in a destination Region (EC2 user guide, "Copy an Amazon EBS snapshot"). */
const LIMIT = 20;

/** The copies of one run into a Region. */
interface Slots {
  taken: number;
  /** Those that wait, in order. */
  readonly waiting: object[];
}

/** Slots by Region, of the builds that share a clock. */
const slotsOf = createdOnce((_clock: Clock) => new Map<string, Slots>());

/**
 * Runs `copy`, which copies an image of so many snapshots into `scope.region`, when the copies of this run there are few enough: EC2
 * refuses more than 20 snapshot copies at the same time. Waits in order and reports the progress. Resolves and rejects as `copy` does;
 * rejects when the signal is aborted.
 */
export async function inCopySlots<T>(scope: CallScope, snapshots: number, copy: () => Promise<T>): Promise<T> {
  const slots = entryOf(slotsOf(scope.session.clock), scope.region, (): Slots => ({ taken: 0, waiting: [] }));
  const count = Math.min(Math.max(1, snapshots), LIMIT);
  await takeSlots(scope, slots, count);
  try {
    return await copy();
  } finally {
    slots.taken -= count;
  }
}

async function takeSlots(scope: CallScope, slots: Slots, count: number): Promise<void> {
  const ticket = {};
  slots.waiting.push(ticket);
  try {
    await waitFor<void>(scope, {
      what: `other copies to ${scope.region} to finish`,
      resource: scope.region,
      interval: INTERVALS.quick,
      longest: undefined,
      probe: async () => {
        if (slots.waiting[0] !== ticket || slots.taken + count > LIMIT)
          return { state: "waiting", progress: { text: `${slots.taken} snapshot copies in progress` } };
        slots.taken += count;
        return { state: "done", value: undefined };
      },
    });
  } finally {
    slots.waiting.splice(slots.waiting.indexOf(ticket), 1);
  }
}
