/**
 * Returns the results of promises as `Promise.all` does. If one rejects, its error is thrown only after the others have ended: nothing goes
 * on behind the caller, who may close what they use, or clean up.
 */
export async function allEnded<T extends readonly unknown[] | []>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
