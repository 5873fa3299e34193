import { DeleteLaunchTemplateCommand, DescribeLaunchTemplatesCommand } from "@aws-sdk/client-ec2";
import { failedAs } from "../client/errors.js";
import { type ReleaseHandler, withKey } from "./handler.js";

/** Temporary launch templates (spot fleets need one). */
export const launchTemplateRelease: ReleaseHandler = {
  async find(intent, { session, signal }) {
    const ec2 = await session.ec2();
    const filters = [withKey(intent.key)];
    const answer = await ec2.send(new DescribeLaunchTemplatesCommand({ Filters: filters }), signal);
    return answer.LaunchTemplates?.[0]?.LaunchTemplateId;
  },

  async release(id, _intent, { session, signal }) {
    const ec2 = await session.ec2();
    try {
      await ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: id }), signal);
    } catch (error) {
      if (!failedAs(error, "not-found")) throw error;
    }
  },
};
