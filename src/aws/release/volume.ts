import { DeleteVolumeCommand, DescribeVolumesCommand } from "@aws-sdk/client-ec2";
import { poll, type Verdict } from "../../core/poll.js";
import { failedAs } from "../errors.js";
import { INTERVALS } from "../waits.js";
import type { ReleaseHandler } from "./handler.js";

/** How long a volume may stay attached to an instance that terminates, in milliseconds. */
const PATIENCE = 10 * 60_000;

/** Volumes that outlive their instance: deleted once they are detached. */
export const volumeRelease: ReleaseHandler = {
  async find(intent, { session, signal }) {
    const ec2 = await session.ec2();
    const filters = [{ Name: "tag:bake-ami:key", Values: [intent.key] }];
    return (await ec2.send(new DescribeVolumesCommand({ Filters: filters }), signal)).Volumes?.[0]?.VolumeId;
  },

  async release(id, _intent, { session, signal, patience, onProgress }) {
    const ec2 = await session.ec2();
    let last: Error | undefined;
    await poll<void>({
      clock: session.clock,
      signal,
      interval: INTERVALS.quick,
      random: session.random,
      deadline: patience ?? PATIENCE,
      onDeadline: () => last ?? new Error(`volume ${id} could not be deleted`),
      onProgress: (elapsed) => onProgress(`volume ${id} is still in use`, elapsed),
      probe: async (): Promise<Verdict<void>> => {
        try {
          await ec2.send(new DeleteVolumeCommand({ VolumeId: id }), signal);
        } catch (error) {
          if (failedAs(error, "in-use", "pending-state")) {
            last = error;
            return { state: "waiting" };
          }
          if (!failedAs(error, "not-found")) throw error;
        }
        return { state: "done", value: undefined };
      },
    });
  },
};
