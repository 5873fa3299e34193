import { DeleteSecurityGroupCommand, DescribeSecurityGroupsCommand } from "@aws-sdk/client-ec2";
import { type ReleaseHandler, withKey } from "./handler.js";
import { deleteOnceFree } from "./once-free.js";

/** Metal machines hold their group for so long after they were told to terminate, in milliseconds. */
const PATIENCE = 20 * 60_000;

/** Security groups: found by our key, deleted with patience while an instance or network interface still uses them. */
export const securityGroupRelease: ReleaseHandler = {
  async find(intent, { session, signal }) {
    const ec2 = await session.ec2();
    const filters = [withKey(intent.key)];
    const answer = await ec2.send(new DescribeSecurityGroupsCommand({ Filters: filters }), signal);
    return answer.SecurityGroups?.[0]?.GroupId;
  },

  async release(id, _intent, context) {
    const ec2 = await context.session.ec2();
    const command = new DeleteSecurityGroupCommand({ GroupId: id });
    const remove = () => ec2.send(command, context.signal);
    await deleteOnceFree(
      { what: `security group ${id}`, until: ["in-use"], patience: PATIENCE, delete: remove },
      context,
    );
  },
};
