import { type Dirent, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Diagnostic } from "../core/diagnostics.js";
import { setting } from "../core/setting.js";
import { hasBuildBlock, hasBuilders, isSearchedDirectory } from "./find-templates.js";
import { canHoldImage, defaultImageName, type TemplatePlace, withoutExtensions } from "./image-name.js";
import { type BakeRequest, imageOf } from "./request.js";

/** Returns the error for templates that have the same image name. */
export function sharedName(
  name: string,
  paths: readonly string[],
  { code, hint }: Pick<Diagnostic, "code" | "hint">,
): Diagnostic {
  return {
    severity: "error",
    code,
    summary: `The templates ${paths.map((path) => `"${path}"`).join(" and ")} have the same image name "${name}"`,
    hint,
  };
}

/**
 * Returns an error when another template of the repository has the same default image name: the bakes of both would write one parameter.
 * Only a name that the user sets is certain to be meant.
 */
export function refuseSharedName(request: BakeRequest): readonly Diagnostic[] {
  if (request.image !== undefined || request.ssmParameter?.includes("{image}") !== true) return [];
  const others = templatesOfSameName(request.place);
  if (others.length === 0) return [];
  const name = imageOf(request);
  const hint = `Set ${setting("image")} to a different name for each of them. The one that has the shared name keeps its parameter.`;
  return [sharedName(name, [request.place.path, ...others], { code: "image-name-shared", hint })];
}

/**
 * Returns the paths of other templates in the repository that have the same default image name, sorted. It reads only directories whose
 * names occur in the image name, or are generic. A template and its conversion to the other language, in the same directory, are one image.
 */
export function templatesOfSameName(place: TemplatePlace): readonly string[] {
  const name = defaultImageName(place);
  const isSameName = (path: string) => defaultImageName({ path, repository: place.repository }) === name;
  return searchDirectory("", place.root, (path) => canHoldImage(path, name))
    .filter((path) => isSameName(path) && !isPartOf(path, place) && isTemplate(join(place.root, path)))
    .sort();
}

/** Returns the files of a directory and its subdirectories. */
function searchDirectory(
  directory: string,
  root: string,
  isSearched: (directory: string) => boolean,
): readonly string[] {
  return entriesOf(join(root, directory)).flatMap((entry) => {
    const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
    if (entry.isFile()) return [path];
    return isSearchedDirectory(entry) && isSearched(path) ? searchDirectory(path, root, isSearched) : [];
  });
}

/** A directory that cannot be read has no templates for this run. */
function entriesOf(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

const HCL = /\.pkr\.(hcl|json)$/i;

/** Whether a file is the template itself, one of its files, or the same template in the other language. */
function isPartOf(path: string, place: TemplatePlace): boolean {
  if (path === place.path || withoutExtensions(path) === withoutExtensions(place.path)) return true;
  const isFile = withoutExtensions(place.path) !== place.path;
  const directory = isFile ? dirname(place.path) : place.path || ".";
  if (dirname(path) !== directory) return false;
  const language = isFile && !HCL.test(place.path) ? "json" : "hcl2";
  const other = HCL.test(path) ? "hcl2" : "json";
  return !isFile || language !== other;
}

/** A file that cannot be read is no template for this run. */
function isTemplate(file: string): boolean {
  try {
    if (/\.pkr\.hcl$/i.test(file)) return hasBuildBlock(file);
    return /\.pkr\.json$/i.test(file) || (/\.json$/i.test(file) && hasBuilders(file));
  } catch {
    return false;
  }
}
