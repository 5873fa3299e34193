import type { AwsSession, CallScope } from "../../aws/client/session.js";
import type { FoundImage } from "../../aws/image.js";
import { BakeError, withRange } from "../../core/errors.js";
import type { BuilderContext, ReadingContext } from "../../core/parts.js";
import type { ImageLeases } from "./leases.js";
import type { AmazonEbsOptions } from "./options/schema.js";

/** What a step gets that only reads, which `preview` runs too. */
export interface BakeReading {
  readonly options: AmazonEbsOptions;
  readonly context: ReadingContext;
  readonly session: AwsSession;
}

/** What every step of a bake gets. */
export interface Bake extends BakeReading {
  readonly context: BuilderContext;
  readonly leases: ImageLeases;
}

/** An image that this run creates, resumes or reuses. */
export interface ImageOfRun {
  readonly image: FoundImage;
  /** Its ledger key; undefined for a finished image of an earlier run, and for its copies. */
  readonly key: string | undefined;
}

/** Images by Region, at most one for each. */
export type ImagesByRegion = ReadonlyMap<string, FoundImage>;

/** Returns the scope of calls to one Region. The calls are aborted when the bake is cancelled. */
export function inRegion(bake: BakeReading, region: string = bake.session.region): CallScope {
  return { session: bake.session, region, signal: bake.context.signal, narrator: bake.context.narrator };
}

/** Codes of errors about the value of an option, not about permissions or the network. */
const ABOUT_THE_OPTION = /-not-found$|^several-|^aws-invalid$/;

/** Awaits `work`. An error about the value of the option that has no place yet is reported at the option. */
export async function atOption<T>(
  bake: BakeReading,
  option: keyof AmazonEbsOptions & string,
  work: Promise<T>,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof BakeError && ABOUT_THE_OPTION.test(error.code)
      ? withRange(error, bake.context.place(option))
      : error;
  }
}
