import type { AwsSession, CallScope } from "../../aws/client/session.js";
import type { FoundImage } from "../../aws/image.js";
import { BakeError, withRange } from "../../core/errors.js";
import type { BuilderContext } from "../../core/parts.js";
import type { AmazonEbsOptions } from "./options/schema.js";

/** What every step of a bake is given. */
export interface Bake {
  readonly options: AmazonEbsOptions;
  readonly context: BuilderContext;
  readonly session: AwsSession;
}

/** One image in each of some regions. */
export type ImagesByRegion = ReadonlyMap<string, FoundImage>;

/** Returns what calls to one region need; they end when the bake is cancelled. */
export function inRegion(bake: Bake, region: string = bake.session.region): CallScope {
  return { session: bake.session, region, signal: bake.context.signal, narrator: bake.context.narrator };
}

/** Codes of errors about what an option names, and not about the caller's rights or the network. */
const ABOUT_THE_OPTION = /-not-found$|^several-|^aws-invalid$/;

/** Awaits `work`; an error of it about what an option names, without a place of its own, is reported at the option. */
export async function atOption<T>(bake: Bake, option: keyof AmazonEbsOptions & string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof BakeError && ABOUT_THE_OPTION.test(error.code)
      ? withRange(error, bake.context.place(option))
      : error;
  }
}
