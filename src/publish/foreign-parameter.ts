import type { AwsSession, CallScope } from "../aws/client/session.js";
import { describeOwnImages } from "../aws/image.js";
import { readParameter } from "../aws/parameter.js";
import { throwIfAborted } from "../core/clock.js";
import { BakeError } from "../core/errors.js";
import { differenceOf, type ImageSeries } from "../core/image-series.js";
import type { PartContext } from "../core/parts.js";
import { setting } from "../core/setting.js";
import { inEachRegion } from "./each-region.js";

/** Code of the error for a parameter that names an image of another series. */
export const FOREIGN_PARAMETER = "parameter-of-another-image";

/** The parameter of one Region. */
export interface NamedParameter {
  readonly name: string;
  readonly region: string;
}

/** The run that checks, and the account. */
export interface Access {
  readonly context: Pick<PartContext, "signal" | "narrator">;
  openSession(region: string): AwsSession;
}

/**
 * Returns what the parameters name, by Region, where that is no image of another series. Throws a `BakeError` that lists those that name
 * one: they must not be overwritten. A parameter that cannot be read is left to the move, which reads it again and reports why.
 */
export async function checkParameters(
  parameters: readonly NamedParameter[],
  series: ImageSeries,
  { context, openSession }: Access,
): Promise<ReadonlyMap<string, string>> {
  const { signal, narrator } = context;
  const { values, failed } = await inEachRegion(parameters, async ({ name, region }) => {
    const session = openSession(region);
    const scope = { session, region, signal, narrator };
    try {
      const value = (await readParameter(scope, name))?.value;
      if (value !== undefined) await refuseForeignImage(scope, { name, region }, value, series);
      return value === undefined ? [] : [[region, value] as const];
    } finally {
      session.close();
    }
  });
  throwIfAborted(signal);
  const refused = failed.flatMap(({ reason }) =>
    reason instanceof BakeError && reason.code === FOREIGN_PARAMETER ? [reason] : [],
  );
  const [first, ...more] = refused;
  if (first === undefined) return new Map(values.flat());
  if (more.length === 0) throw first;
  const others = more.map(({ region }) => region).join(", ");
  throw new BakeError(`${first.message}. It is the same in ${others}`, { code: first.code, hint: first.hint });
}

/** Throws a `BakeError` when a parameter names an image of another series. */
export async function refuseForeignImage(
  scope: CallScope,
  { name, region }: NamedParameter,
  value: string,
  series: ImageSeries,
): Promise<void> {
  const foreign = await foreignText(scope, value, series);
  if (foreign === undefined) return;
  throw new BakeError(`Parameter "${name}" in ${region} names ${foreign}`, {
    code: FOREIGN_PARAMETER,
    resource: value,
    region,
    hint: `Give each image its own parameter: set ${setting("image")} or ${setting("ssm-parameter")}. To replace the AMI that the parameter names, set ${setting("overwrite-parameter")} for one run.`,
  });
}

/** Returns the image of another series, and ours, as text: `ami-1 (db-1), an AMI of the image "db", not of the image "web"`. */
export async function foreignText(scope: CallScope, value: string, series: ImageSeries): Promise<string | undefined> {
  if (!value.startsWith("ami-")) return undefined;
  const [image] = await describeOwnImages(scope, [{ Name: "image-id", Values: [value] }], "with disabled ones");
  const difference = image && differenceOf(series, image);
  if (image === undefined || difference === undefined) return undefined;
  return `${value} (${image.name}), an AMI ${difference.theirs}, not ${difference.ours}`;
}
