import { DescribeInstancesCommand, type Instance, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { poll, type Verdict } from "../../core/poll.js";
import { failedAs } from "../client/errors.js";
import { INTERVALS } from "../client/wait.js";
import { type ReleaseContext, type ReleaseHandler, withKey } from "./handler.js";

const GONE = new Set(["terminated"]);

async function describe(context: ReleaseContext, input: DescribeInstancesCommand["input"]): Promise<Instance[]> {
  const ec2 = await context.session.ec2();
  try {
    const answer = await ec2.send(new DescribeInstancesCommand(input), context.signal);
    return (answer.Reservations ?? []).flatMap((reservation) => reservation.Instances ?? []);
  } catch (error) {
    if (failedAs(error, "not-found")) return [];
    throw error;
  }
}

/** Instances: found by client token, terminated, and waited for until they are gone (their groups cannot go before). */
export const instanceRelease: ReleaseHandler = {
  async find(intent, context) {
    const { token, key } = intent;
    const filters = [token ? { Name: "client-token", Values: [token] } : withKey(key)];
    const byToken = await describe(context, { Filters: filters });
    const found = byToken.length > 0 ? byToken : await describe(context, { Filters: [withKey(key)] });
    return found.find((instance) => instance.State?.Name !== "terminated")?.InstanceId;
  },

  async release(id, _intent, context) {
    const { session, signal } = context;
    const ec2 = await session.ec2();
    try {
      const answer = await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }), signal);
      if (GONE.has(answer.TerminatingInstances?.[0]?.CurrentState?.Name ?? "")) return;
    } catch (error) {
      if (failedAs(error, "not-found")) return;
      throw error;
    }
    await poll<void>({
      clock: session.clock,
      signal,
      interval: INTERVALS.power,
      random: session.random,
      onDeadline: () => new Error("unreachable: no deadline is set"),
      onProgress: (elapsed) => context.onProgress(`instance ${id} is terminating`, elapsed),
      probe: async (): Promise<Verdict<void>> => {
        const [instance] = await describe(context, { InstanceIds: [id] });
        return !instance || GONE.has(instance.State?.Name ?? "")
          ? { state: "done", value: undefined }
          : { state: "waiting" };
      },
    });
  },
};
