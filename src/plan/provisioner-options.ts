import { duration, flag, integer } from "../options/fields.js";
import { schema } from "../options/schema.js";

/** Keys that every provisioner takes beside its own (Packer §1.6). */
export const provisionerOptions = schema(
  {
    pause_before: duration({ doc: "Time to wait before the provisioner runs." }),
    timeout: duration({ doc: "Time after which the provisioner is stopped and counts as failed." }),
    max_retries: integer({ doc: "Further attempts after a failure.", default: 0 }),
    continue_on_error: flag({ doc: "A failure is a warning, and the build goes on.", default: false }),
  },
  {
    check: ({ max_retries, pause_before, timeout }, complaints) => {
      if (max_retries < 0)
        complaints.warning("max_retries", '"max_retries" is negative: there are no further attempts');
      if ((pause_before ?? 0) < 0) complaints.error("pause_before", '"pause_before" must not be negative');
      if ((timeout ?? 0) < 0) complaints.error("timeout", '"timeout" must not be negative');
    },
  },
);
