/**
 * The entry of the bundle. Each front end is loaded when its launcher calls it: `dist/main.js`, `dist/plan.js`, `dist/rehearse.js`,
 * `dist/sweep.js`, `dist/promote.js`, `dist/matrix.js`, `dist/prune.js`, `dist/post.js`, `dist/cli.js`.
 */
export async function main(): Promise<void> {
  await (await import("./action/bake.js")).bakeStep();
}

export async function plan(): Promise<void> {
  await (await import("./action/plan.js")).planStep();
}

export async function rehearse(): Promise<void> {
  await (await import("./action/bake.js")).rehearseStep();
}

export async function sweep(): Promise<void> {
  await (await import("./action/sweep.js")).sweepStep();
}

export async function promote(): Promise<void> {
  await (await import("./action/promote.js")).promoteStep();
}

export async function matrix(): Promise<void> {
  await (await import("./action/matrix.js")).matrixStep();
}

export async function prune(): Promise<void> {
  await (await import("./action/prune.js")).pruneStep();
}

export async function post(): Promise<void> {
  await (await import("./action/post.js")).postStep();
}

export async function cli(): Promise<void> {
  await (await import("./cli/main.js")).commandLine();
}
