import { DeleteKeyPairCommand, DescribeKeyPairsCommand } from "@aws-sdk/client-ec2";
import { failedAs } from "../client/errors.js";
import { type ReleaseHandler, withKey } from "./handler.js";

/** Key pairs: found and deleted by their unique name. */
export const keyPairRelease: ReleaseHandler = {
  async find(intent, { session, signal }) {
    const ec2 = await session.ec2();
    const filters = [withKey(intent.key)];
    const answer = await ec2.send(new DescribeKeyPairsCommand({ Filters: filters }), signal);
    return answer.KeyPairs?.[0]?.KeyName;
  },

  async release(id, intent, { session, signal }) {
    const ec2 = await session.ec2();
    const target =
      id.startsWith("key-") && intent.name === undefined ? { KeyPairId: id } : { KeyName: intent.name ?? id };
    try {
      await ec2.send(new DeleteKeyPairCommand(target), signal);
    } catch (error) {
      if (!failedAs(error, "not-found")) throw error;
    }
  },
};
