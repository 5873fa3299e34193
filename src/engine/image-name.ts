import { cleanName } from "../publish/parameter-name.js";

/** Where a template is. */
export interface TemplatePlace {
  /** Path from the root of the repository, with `/`; empty for the root itself and for a template from standard input. */
  readonly path: string;
  /** Name of the repository. */
  readonly repository: string;
  /** The root of the repository, absolute. */
  readonly root: string;
}

/** Names of directories and files that do not say which image it is. */
const GENERIC = /^(amis?|builds?|examples?|images?|main|packer|sources?|templates?)$/i;

/**
 * Returns the default image name of a template: its path in the repository without extensions, joined by `-`. Left out are generic names
 * (`images`, `main`, `packer` …) at the beginning and at the end, and a name that is a word of the one before or after it. If nothing is
 * left, it is the name of the repository. `images/web.json` is `web`, `web/main.pkr.hcl` is `web`, `base/web.json` is `base-web`.
 * Pure: the name does not depend on other templates.
 */
export function defaultImageName({ path, repository }: Pick<TemplatePlace, "path" | "repository">): string {
  const segments = withoutExtensions(path)
    .split("/")
    .filter((segment) => segment !== "");
  const first = segments.findIndex((segment) => !GENERIC.test(segment));
  const last = segments.findLastIndex((segment) => !GENERIC.test(segment));
  const telling = first < 0 ? [] : segments.slice(first, last + 1);
  const kept = telling.filter((segment, index) => {
    const [before, after] = [telling[index - 1], telling[index + 1]];
    return !isWordOf(segment, after) && (segment === before || !isWordOf(segment, before));
  });
  return cleanName(kept.join("-") || repository) || "image";
}

/** Returns the path of a template file without `.pkr.hcl`, `.pkr.json`, `.hcl`, `.json` and `.json.pkr.hcl` (`hcl2_upgrade`). */
export function withoutExtensions(path: string): string {
  return path.replace(/(\.pkr)?\.(json|hcl)$/i, "").replace(/\.(json|hcl)$/i, "");
}

/** Returns the default image name of earlier versions: the name of the template's file without extensions, or of its directory. */
export function formerImageName(templatePath: string): string {
  const base =
    templatePath
      .replace(/[/\\]+$/, "")
      .split(/[/\\]/)
      .at(-1) ?? "";
  const stem = withoutExtensions(base);
  return cleanName(stem === "" || stem === "." || stem === "-" ? "image" : stem);
}

/** Returns whether templates in a directory can have this image name. `path` is that of the directory. */
export function canHoldImage(path: string, name: string): boolean {
  return path.split("/").every((segment) => GENERIC.test(segment) || name.includes(cleanName(segment)));
}

/** Returns whether a neighbour contains `segment` as a word: `mesos` in `ubuntu-14.04-mesos`. */
function isWordOf(segment: string, neighbour: string | undefined): boolean {
  if (neighbour === undefined) return false;
  return `-${neighbour.replace(/[^\p{L}\p{N}.]+/gu, "-")}-`.includes(`-${segment.replace(/[^\p{L}\p{N}.]+/gu, "-")}-`);
}
