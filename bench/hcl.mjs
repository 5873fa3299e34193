/** Measures how long HCL2 takes to read: an example or the template in BENCH_HCL (warm), and files of growing length. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { load, root } from "./library.mjs";
import { least, ms, table } from "./report.mjs";

export async function hcl() {
  const { parseConfig } = await load("template/hcl/syntax/parse.ts");
  const { loadHclTemplate } = await load("template/hcl/load.ts");
  const rows = [];
  const given = process.env.BENCH_HCL;
  const path = given ?? join(root, "examples", "mesos-hcl2", "mesos.pkr.hcl");
  const read = () => evaluate(loadHclTemplate(inputs(path), lookups()));
  const parts = read();
  if (parts === 0) throw new Error(`${path} has no builds. Set BENCH_HCL to a template or its directory.`);
  rows.push([
    `parse and evaluate ${given ? "the template in BENCH_HCL" : "examples/mesos-hcl2"} (${parts} parts)`,
    ms(await least(10, async () => void read())),
  ]);
  for (const lines of [2500, 5000, 10_000, 20_000]) {
    const text = Array.from({ length: lines }, (_, i) => `v${i} = [for x in var.list : upper(x) if x != "${i}"]`).join(
      "\n",
    );
    rows.push([
      `parse ${lines} lines`,
      ms(await least(3, async () => void parseConfig({ file: "bench.pkr.hcl", text }))),
    ]);
  }
  table("HCL2", ["", "time"], rows);
}

/** Evaluates the options of every part (they are evaluated on demand); returns the number of parts. */
function evaluate({ template }) {
  const parts = (template?.builds ?? []).flatMap(({ builder, provisioners, errorCleanup, postProcessors }) => [
    builder,
    ...provisioners,
    ...(errorCleanup ? [errorCleanup] : []),
    ...postProcessors.flat(),
  ]);
  for (const part of parts) part.options(undefined);
  return parts.length;
}

function kindOf(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? (stat.isDirectory() ? "directory" : "file") : "missing";
}

function inputs(path) {
  return { path, variables: [], variableFiles: [], only: [], except: [] };
}

function lookups() {
  return {
    env: () => undefined,
    envNames: () => [],
    readFile: (path) => readFileSync(path),
    pathKind: kindOf,
    readDirectory: (path) => readdirSync(path).map((name) => ({ name, kind: kindOf(join(path, name)) })),
    cwd: root,
    home: undefined,
    startedAt: new Date(0),
    now: () => new Date(0),
    uuid: () => "00000000-0000-4000-8000-000000000000",
    randomBytes: (length) => new Uint8Array(length),
    lookUp: () => ({ state: "skipped" }),
  };
}
