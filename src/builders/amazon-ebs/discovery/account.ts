import { openSession } from "../../../aws/client/open-session.js";
import { BakeError } from "../../../core/errors.js";
import type { BuilderContext } from "../../../core/parts.js";
import { formatDuration } from "../../../core/text.js";
import type { Bake } from "../bake.js";
import type { AmazonEbsOptions } from "../options/schema.js";

/** A bake with a copy rarely takes longer, in milliseconds; a warning says when the keys expire sooner. */
const EXPECTED_BAKE = 30 * 60_000;

/** Opens a session of the build's account; throws for what the builder does not support, before any call. */
export async function openBuildAccount(options: AmazonEbsOptions, context: BuilderContext): Promise<Bake> {
  for (const secret of [options.access_key, options.secret_key, options.token]) context.narrator.secret(secret ?? "");
  refuseUnsupported(options, context);
  const session = await openSession(options, context.surroundings, context.settings.defaultRegion);
  context.useAccount(session.reference());
  context.releases.defer({ name: "connections to AWS", run: async () => session.close() });
  const bake = { options, context, session };
  await warnOfExpiry(bake);
  return bake;
}

async function warnOfExpiry({ context, session }: Bake): Promise<void> {
  const expiry = await session.expiry();
  if (expiry === undefined) return;
  const left = expiry - session.clock.now();
  if (left >= EXPECTED_BAKE) return;
  context.narrator.warn({
    code: "credentials-expire-soon",
    summary:
      left <= 0
        ? "the AWS credentials have expired"
        : `the AWS credentials expire in ${formatDuration(left)}, and nothing renews them`,
    hint: "Use the input role-to-assume, which renews them for as long as the bake lasts, or a longer session (role-duration-seconds).",
  });
}

function refuseUnsupported(options: AmazonEbsOptions, context: BuilderContext): void {
  const refuse = (option: string, what: string, hint: string) => {
    throw new BakeError(what, { code: "not-supported", hint, range: context.place(option) });
  };
  if (options.communicator === "winrm") {
    refuse(
      "communicator",
      "the communicator winrm is not supported yet",
      "Use an image with OpenSSH and communicator ssh.",
    );
  }
  if (options.ssh_interface === "session_manager") {
    refuse(
      "ssh_interface",
      "ssh_interface session_manager is not supported yet",
      "Run inside the VPC and use ssh_interface: private_ip.",
    );
  }
  if (options.communicator === "none" && context.needsMachine) {
    refuse(
      "communicator",
      "the communicator is none, but there are provisioners that work on the machine",
      "Remove them, or set communicator: ssh.",
    );
  }
}
