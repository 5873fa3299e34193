import { isAbsolute, relative, resolve, sep } from "node:path";
import type { Range } from "../../core/source.js";
import type { RunFacts } from "../report.js";
import { code, link } from "./escape.js";

/** A file's path from the root of the checkout, with forward slashes; undefined outside the checkout. */
export function pathInCheckout(
  file: string,
  { workspace, workingDirectory }: { readonly workspace: string; readonly workingDirectory: string },
): string | undefined {
  const path = relative(workspace, resolve(workingDirectory, file));
  if (path === "" || path.startsWith("..") || isAbsolute(path)) return undefined;
  return path.split(sep).join("/");
}

/** A place in a file, as a link to the line at the commit: `images/web.json` line 12. */
export function placeLink({ file, start }: Range, { run }: Pick<RunFacts, "run">): string {
  const path = run?.checkout && pathInCheckout(file, run.checkout);
  const label = `${code(path ?? file)} line ${start.line}`;
  if (path === undefined || !run?.checkout) return label;
  return link(label, `${run.checkout.blobUrl}/${path.split("/").map(encodeURIComponent).join("/")}#L${start.line}`);
}
