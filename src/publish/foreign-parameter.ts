import { ifAllowed } from "../aws/client/errors.js";
import type { AwsSession, CallScope } from "../aws/client/session.js";
import { describeOwnImages } from "../aws/image.js";
import { readParameter } from "../aws/parameter.js";
import { allEnded } from "../core/all-ended.js";
import { throwIfAborted } from "../core/clock.js";
import { BakeError } from "../core/errors.js";
import { differenceOf, type ImageSeries } from "../core/image-series.js";
import type { PartContext } from "../core/parts.js";
import type { ParameterReading, ParameterReadings } from "../core/preview.js";
import { setting } from "../core/setting.js";
import { MOST_VERSIONS, refuseFullParameter, VERSIONS_FULL } from "./move-parameter.js";

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

/** A parameter as it was read, and the error if it names an image of another series, or its versions leave no room for another one. */
interface CheckedParameter extends ParameterReading {
  readonly foreign: BakeError | undefined;
}

/**
 * Returns what the parameters name, by Region, where that is no image of another series. Throws a `BakeError` that lists those that name
 * one: they must not be overwritten. A parameter that cannot be read is left to the move, which reads it again and reports why.
 */
export async function checkParameters(
  parameters: readonly NamedParameter[],
  series: ImageSeries,
  access: Access,
): Promise<ReadonlyMap<string, string>> {
  const { parameters: read, refused } = await readParameters(parameters, series, access);
  if (refused) throw refused;
  return new Map(
    read.flatMap(({ region, value, error }) =>
      value === undefined || error !== undefined ? [] : [[region, value] as const],
    ),
  );
}

/**
 * Reads the parameters in parallel, and compares the images that they name with the series; undefined compares nothing. Errors are part of
 * the result. Rejects only when the run is cancelled.
 */
export async function readParameters(
  parameters: readonly NamedParameter[],
  series: ImageSeries | undefined,
  access: Access,
): Promise<ParameterReadings> {
  const read = await allEnded(parameters.map((parameter) => readOne(parameter, series, access)));
  throwIfAborted(access.context.signal);
  return { parameters: read, refused: refusedParameters(read) };
}

async function readOne(
  { name, region }: NamedParameter,
  series: ImageSeries | undefined,
  { context, openSession }: Access,
): Promise<CheckedParameter> {
  const { signal, narrator } = context;
  const session = openSession(region);
  const scope = { session, region, signal, narrator };
  let value: string | undefined;
  try {
    const current = await readParameter(scope, name);
    value = current?.value;
    if (value !== undefined && series) await refuseForeignImage(scope, { name, region }, value, series);
    // The bake would find out when its image exists. Without permission to read the history, it still does.
    if (series && (current?.version ?? 0) >= MOST_VERSIONS) await ifAllowed(refuseFullParameter(scope, name));
    return { name, region, value, error: undefined, foreign: undefined };
  } catch (error) {
    const isRefused = error instanceof BakeError && [FOREIGN_PARAMETER, VERSIONS_FULL].includes(error.code);
    return isRefused
      ? { name, region, value, error: undefined, foreign: error }
      : { name, region, value, error, foreign: undefined };
  } finally {
    session.close();
  }
}

/** Returns one error for all parameters that cannot be moved. */
function refusedParameters(read: readonly CheckedParameter[]): BakeError | undefined {
  const [first, ...more] = read.flatMap(({ foreign, region }) => (foreign ? [{ foreign, region }] : []));
  if (first === undefined || more.length === 0) return first?.foreign;
  const { message, code, hint } = first.foreign;
  const others = more.map(({ region }) => region).join(", ");
  return new BakeError(`${message}. It is the same in ${others}`, { code, hint });
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
