import { DeleteVolumeCommand, DescribeVolumesCommand } from "@aws-sdk/client-ec2";
import { type ReleaseHandler, withKey } from "./handler.js";
import { deleteOnceFree } from "./once-free.js";

/** How long a volume may stay attached to an instance that terminates, in milliseconds. */
const PATIENCE = 10 * 60_000;

/** Volumes that outlive their instance: deleted once they are detached. */
export const volumeRelease: ReleaseHandler = {
  async find(intent, { session, signal }) {
    const ec2 = await session.ec2();
    const filters = [withKey(intent.key)];
    return (await ec2.send(new DescribeVolumesCommand({ Filters: filters }), signal)).Volumes?.[0]?.VolumeId;
  },

  async release(id, _intent, context) {
    const ec2 = await context.session.ec2();
    const command = new DeleteVolumeCommand({ VolumeId: id });
    const remove = () => ec2.send(command, context.signal);
    await deleteOnceFree(
      { what: `volume ${id}`, until: ["in-use", "pending-state"], patience: PATIENCE, delete: remove },
      context,
    );
  },
};
