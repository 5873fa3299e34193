/**
 * `npm run bench [-- bakes|starts|uploads|downloads|cloud|hcl|tunnels|windows] [--quick] [--real] [--scp]`: runs benchmarks, prints Markdown tables.
 * --real adds a bake with AWS's real waiting times (about 8 minutes), --scp adds `scp -r` at 20 ms (minutes), and --quick skips the
 * largest uploads and downloads. `tunnels` needs minutes for each of AWS's programs. BAKE_AMI_BENCH_ENDPOINT is the address of an
 * independent EC2 endpoint with tunnels for it; unless set, it uses the local cloud. BENCH_NODE24 is the path of a Node 24 to measure in
 * addition to the running one. BENCH_WINRM is a WinRM service for `windows`: user:password@host:port.
 */
import { cpus } from "node:os";
import { bakes } from "./bakes.mjs";
import { localCloud } from "./cloud.mjs";
import { downloads } from "./downloads.mjs";
import { hcl } from "./hcl.mjs";
import { starts } from "./starts.mjs";
import { tunnels } from "./tunnels.mjs";
import { uploads } from "./uploads.mjs";
import { windows } from "./windows.mjs";

const PARTS = { starts, bakes, uploads, downloads, cloud: localCloud, hcl, tunnels, windows };
const selected = process.argv.slice(2).filter((word) => Object.hasOwn(PARTS, word));

console.log(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "CPU"}, ${new Date().toISOString().slice(0, 10)}`,
);
for (const name of selected.length > 0 ? selected : Object.keys(PARTS)) await PARTS[name]();
