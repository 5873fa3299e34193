import { DeleteSecurityGroupCommand, DescribeSecurityGroupsCommand } from "@aws-sdk/client-ec2";
import { poll, type Verdict } from "../../core/poll.js";
import { failedAs } from "../errors.js";
import { INTERVALS } from "../waits.js";
import type { ReleaseHandler } from "./handler.js";

/** Metal machines hold their group for so long after they were told to terminate, in milliseconds. */
const PATIENCE = 20 * 60_000;

/** Security groups: found by our key, deleted with patience while an instance or network interface still uses them. */
export const securityGroupRelease: ReleaseHandler = {
  async find(intent, { session, signal }) {
    const ec2 = await session.ec2();
    const filters = [{ Name: "tag:bake-ami:key", Values: [intent.key] }];
    const answer = await ec2.send(new DescribeSecurityGroupsCommand({ Filters: filters }), signal);
    return answer.SecurityGroups?.[0]?.GroupId;
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
      onDeadline: () => last ?? new Error(`security group ${id} could not be deleted`),
      onProgress: (elapsed) => onProgress(`security group ${id} is still in use`, elapsed),
      probe: async (): Promise<Verdict<void>> => {
        try {
          await ec2.send(new DeleteSecurityGroupCommand({ GroupId: id }), signal);
        } catch (error) {
          if (failedAs(error, "in-use")) {
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
