/** Measures times and prints them as Markdown tables. */
import { performance } from "node:perf_hooks";

/** Returns the milliseconds that `work` takes. */
export async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Returns the shortest time of several runs, in milliseconds. */
export async function least(times, work) {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) best = Math.min(best, await timed(work));
  return best;
}

export const ms = (value) =>
  value < 10 ? `${value.toFixed(1)} ms` : value < 10_000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
export const ratio = (value, reference) => `${(value / reference).toFixed(2)} ×`;

/** Prints a Markdown table. */
export function table(title, header, rows) {
  console.log(`\n### ${title}\n`);
  console.log(`| ${header.join(" | ")} |`);
  console.log(`| ${header.map(() => "---").join(" | ")} |`);
  for (const row of rows) console.log(`| ${row.join(" | ")} |`);
}
