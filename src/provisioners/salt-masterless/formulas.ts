import { cp, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BakeError } from "../../core/errors.js";
import type { ProvisionerContext } from "../../core/parts.js";
import { succeeded } from "../command-run.js";
import { localPath } from "../local-files.js";
import { runLocal } from "../run-local.js";
import { FORMULA, type SaltMasterlessOptions } from "./options.js";

const GIT_HINT = "Install Git on this host. It is needed to fetch formulas.";

/** A formula of the template: Git repository, directory in it, and branch, tag or commit. */
interface Formula {
  readonly url: string;
  readonly repository: string;
  readonly directory: string;
  readonly ref: string | undefined;
}

/** Fetches the formulas that are missing in the state tree; returns a function that removes them (Packer §5.10). */
export async function fetchFormulas(
  options: SaltMasterlessOptions,
  context: ProvisionerContext,
): Promise<() => Promise<void>> {
  const { narrator, surroundings } = context;
  const fetched: string[] = [];
  const remove = async () => {
    for (const path of fetched) {
      narrator.message(`Removing Salt formula: ${path}`);
      await rm(path, { recursive: true, force: true });
    }
  };
  if (options.formulas.length > 0) narrator.say("Downloading Salt formulas...");
  try {
    for (const formula of options.formulas.map(parseFormula)) {
      const path = join(localPath(options.local_state_tree, surroundings.cwd), formula.directory);
      if (await exists(path)) {
        narrator.message(`Found existing formula at: ${path}`);
        continue;
      }
      narrator.message(`${formula.url} => ${path}`);
      fetched.push(path);
      await fetchFormula(formula, path, context);
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return remove;
}

function parseFormula(url: string): Formula {
  const [, source = "", directory = "", query = ""] = FORMULA.exec(url) ?? [];
  const named = /^[\w.-]+\.[a-z]+\//i.test(source) ? `https://${source}` : source;
  return { url, repository: named, directory, ref: new URLSearchParams(query).get("ref") ?? undefined };
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function fetchFormula({ url, repository, directory, ref }: Formula, path: string, context: ProvisionerContext) {
  const clone = await mkdtemp(join(tmpdir(), "salt-formula-"));
  try {
    await git(["clone", "--quiet", "--", repository, clone], url, context);
    if (ref !== undefined) await git(["-C", clone, "checkout", "--quiet", "--detach", ref], url, context);
    if (!(await exists(join(clone, directory))))
      throw notFetched(url, `the repository has no directory "${directory}"`, context);
    await cp(join(clone, directory), path, { recursive: true });
  } finally {
    await rm(clone, { recursive: true, force: true });
  }
}

async function git(args: readonly string[], url: string, context: ProvisionerContext): Promise<void> {
  const ran = await runLocal(context, ["git", ...args], { GIT_TERMINAL_PROMPT: "0" }, GIT_HINT);
  if (succeeded(ran)) return;
  throw notFetched(url, ran.lastLines.at(-1) ?? "git failed", context);
}

function notFetched(url: string, why: string, { range }: ProvisionerContext): BakeError {
  return new BakeError(`Could not fetch Salt formula "${url}": ${why}`, {
    code: "formula-not-fetched",
    range,
  });
}
