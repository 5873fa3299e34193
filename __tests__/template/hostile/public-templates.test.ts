import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { hostLookups } from "../../../src/engine/host.js";
import { type BudgetUse, LIMITS } from "../../../src/template/budget.js";
import { loadTemplate } from "../../../src/template/load.js";

/** A directory of public templates, with their list in `open.tsv` (columns folder, path, kind, run_from, …). */
const corpus = process.env.BAKE_AMI_TEMPLATES;
const list = corpus === undefined ? undefined : join(corpus, "open.tsv");
const rows = list !== undefined && existsSync(list) ? readFileSync(list, "utf8").trim().split("\n").slice(1) : [];
const templates = rows.map((row) => {
  const [folder = "", path = "", , from = ""] = row.split("\t");
  const cwd = join(corpus ?? "", "open", folder, from);
  return { cwd, path: relative(cwd, join(corpus ?? "", "open", folder, path)) || "." };
});

/** Evaluates a template and the options of its plan. Returns what that used of the budget. */
async function use({ cwd, path }: (typeof templates)[number]): Promise<BudgetUse> {
  const lookups = hostLookups({ cwd, env: {}, startedAt: new Date(0), ask: () => ({ state: "skipped" }) });
  const inputs = { path, variables: [], variableFiles: [], only: [], except: [] };
  const loaded = await loadTemplate(inputs, lookups, async () => ({ state: "skipped" }));
  for (const { builder, provisioners, postProcessors } of loaded.template?.builds ?? [])
    for (const part of [builder, ...provisioners, ...postProcessors.flat()]) part.options(undefined);
  return loaded.used();
}

(templates.length > 0 ? describe : describe.skip)("templates of BAKE_AMI_TEMPLATES", () => {
  test("use less than a twentieth of each limit", async () => {
    const uses: BudgetUse[] = [];
    for (const template of templates) uses.push(await use(template));
    const highest = (item: keyof BudgetUse) => Math.round(Math.max(...uses.map((each) => each[item])));
    const found = (["steps", "bytes", "elements", "time"] as const).map((item) => [item, highest(item)] as const);
    process.stderr.write(
      `Highest use of ${templates.length} templates: ${found.map(([item, used]) => `${used} ${item} of ${LIMITS[item]}`).join(", ")}\n`,
    );
    // Processor time depends on the host, so only counts are compared.
    expect(found.filter(([item, used]) => item !== "time" && used > LIMITS[item] / 20)).toEqual([]);
  }, 60_000);
});
