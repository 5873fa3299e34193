import { openSession, type SessionLimits } from "../../../aws/client/open-session.js";
import { BakeError } from "../../../core/errors.js";
import type { BuilderContext, ReadingContext } from "../../../core/parts.js";
import { formatDuration } from "../../../core/text.js";
import type { Bake, BakeReading } from "../bake.js";
import { openLeases } from "../leases.js";
import type { AmazonEbsOptions } from "../options/schema.js";

/** Milliseconds that a bake with a copy usually needs. Credentials that expire sooner cause a warning. */
const EXPECTED_BAKE = 30 * 60_000;

/** Opens a session of the build's account, to release its connections and to renew the leases of its images. Throws as `openReading` does. */
export async function openBuildAccount(options: AmazonEbsOptions, context: BuilderContext): Promise<Bake> {
  const reading = await openReading(options, context);
  const { session } = reading;
  context.useAccount(session.reference());
  context.releases.defer({ name: "connections to AWS", run: async () => session.close() });
  const leases = openLeases(context, session, (region, signal) => ({ session, region, signal }));
  const bake = { ...reading, context, leases };
  await warnOfExpiry(bake);
  return bake;
}

/**
 * Opens a session of the build's account. Throws for options that the builder does not support and when no Region is set, before any call.
 * The caller closes the session.
 */
export async function openReading(
  options: AmazonEbsOptions,
  context: ReadingContext,
  limits?: SessionLimits,
): Promise<BakeReading> {
  for (const secret of [options.access_key, options.secret_key, options.token]) context.narrator.secret(secret ?? "");
  refuseUnsupported(options, context);
  const session = await openSession(options, context.surroundings, context.settings.defaultRegion, limits);
  return { options, context, session };
}

async function warnOfExpiry({ context, session }: BakeReading): Promise<void> {
  const expiry = await session.expiry();
  if (expiry === undefined) return;
  const left = expiry - session.clock.now();
  if (left >= EXPECTED_BAKE) return;
  context.narrator.warn({
    code: "credentials-expire-soon",
    summary:
      left <= 0
        ? "The AWS credentials have expired"
        : `The AWS credentials expire in ${formatDuration(left)} and cannot be renewed`,
    hint: 'Set the input "role-to-assume", which renews them during the bake, or use a longer session ("role-duration-seconds").',
  });
}

function refuseUnsupported(options: AmazonEbsOptions, context: ReadingContext): void {
  if (options.communicator !== "none") return;
  const hasTests = (context.settings.tests?.lines ?? []).length > 0;
  if (!context.needsMachine && !hasTests) return;
  const what = context.needsMachine ? "Provisioners" : "Tests";
  throw new BakeError(`${what} cannot run on the instance with "communicator": "none"`, {
    code: "not-supported",
    hint: `Remove these ${what.toLowerCase()}, or set "communicator" to "ssh" or "winrm".`,
    range: context.place("communicator"),
  });
}
