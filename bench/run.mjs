/**
 * `npm run bench [-- bakes|starts|uploads|cloud|hcl] [--quick] [--real] [--scp]`: measures, and prints Markdown tables.
 * --real bakes once with the waits of the real service (about 8 minutes), --scp runs `scp -r` at 20 ms too (minutes),
 * --quick leaves out the largest uploads. BENCH_NODE24 names a Node 24 to measure beside this one.
 */
import { cpus } from "node:os";
import { bakes } from "./bakes.mjs";
import { localCloud } from "./cloud.mjs";
import { hcl } from "./hcl.mjs";
import { starts } from "./starts.mjs";
import { uploads } from "./uploads.mjs";

const PARTS = { starts, bakes, uploads, cloud: localCloud, hcl };
const asked = process.argv.slice(2).filter((word) => Object.hasOwn(PARTS, word));

console.log(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "CPU"}, ${new Date().toISOString().slice(0, 10)}`,
);
for (const name of asked.length > 0 ? asked : Object.keys(PARTS)) await PARTS[name]();
