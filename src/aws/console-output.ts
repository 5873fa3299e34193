import { GetConsoleOutputCommand } from "@aws-sdk/client-ec2";
import type { CallScope } from "./client/session.js";

/** The last lines of an instance's console (hostile text); empty where there is none yet, or it cannot be read. */
export async function consoleTail(scope: CallScope, instanceId: string, lines: number): Promise<readonly string[]> {
  const ec2 = await scope.session.ec2(scope.region);
  try {
    const answer = await ec2.send(new GetConsoleOutputCommand({ InstanceId: instanceId, Latest: false }), scope.signal);
    const text = Buffer.from(answer.Output ?? "", "base64").toString("utf8");
    return text
      .split(/\r?\n/)
      .filter((line) => line.trim() !== "")
      .slice(-lines);
  } catch {
    return [];
  }
}
