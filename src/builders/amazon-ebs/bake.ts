import type { AwsSession, CallScope } from "../../aws/client/session.js";
import { BakeError, placed } from "../../core/errors.js";
import type { BuilderContext } from "../../core/parts.js";
import type { AmazonEbsOptions } from "./options/schema.js";

/** What every step of a bake is given. */
export interface Bake {
  readonly options: AmazonEbsOptions;
  readonly context: BuilderContext;
  readonly session: AwsSession;
}

/** Calls to one region, for as long as the bake is not cancelled. */
export function inRegion(bake: Bake, region: string = bake.session.region): CallScope {
  return { session: bake.session, region, signal: bake.context.signal, narrator: bake.context.narrator };
}

/** Codes of errors that say something of what an option names, and not of the caller's rights or the network. */
const OF_THE_OPTION = /-not-found$|^several-|^aws-invalid$/;

/** Such errors of `work` that name no place are told at the option that they come from. */
export async function about<T>(bake: Bake, option: keyof AmazonEbsOptions & string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof BakeError && OF_THE_OPTION.test(error.code)
      ? placed(error, bake.context.place(option))
      : error;
  }
}

/**
 * Runs steps side by side; when one fails, its error is thrown only once the others have ended, so that nothing is created behind
 * an unwinding.
 */
export async function together<T extends readonly Promise<unknown>[]>(
  ...work: T
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
