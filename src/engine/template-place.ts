import { existsSync, statSync } from "node:fs";
import { basename, dirname, relative, resolve, sep } from "node:path";
import type { TemplatePlace } from "./image-name.js";

/** The checkout of a template. */
export interface Checkout {
  /** Absolute. */
  readonly workingDirectory: string;
  /** The workspace of a job, absolute: a repository outside of it is not searched for. Undefined on the command line. */
  readonly workspace: string | undefined;
  /** The name of the repository, if it is known without its directory. */
  readonly repository: string | undefined;
}

/**
 * Returns where a template is in its repository. The root is the nearest directory above the template that contains `.git`. Without one,
 * it is the workspace or the working directory, or the template's own directory if the template is in neither.
 */
export function placeTemplate(path: string, checkout: Checkout): TemplatePlace {
  const { workingDirectory, workspace } = checkout;
  const absolute = path === "-" ? workingDirectory : resolve(workingDirectory, path);
  const directory = isDirectory(absolute) ? absolute : dirname(absolute);
  const [root = directory] = [gitRootOf(directory, workspace), workspace, workingDirectory].filter(
    (each) => each !== undefined && isWithin(absolute, each),
  );
  const inside = relative(root, absolute).split(sep).join("/");
  return { path: inside, root, repository: repositoryName(root, checkout) };
}

/** The name of the job's repository is not that of another repository that is checked out below the workspace. */
function repositoryName(root: string, { workspace, repository }: Checkout): string {
  const named = root === workspace ? repository?.split("/").at(-1) : undefined;
  return named || basename(root);
}

function gitRootOf(directory: string, workspace: string | undefined): string | undefined {
  if (existsSync(resolve(directory, ".git"))) return directory;
  const above = dirname(directory);
  return above === directory || directory === workspace ? undefined : gitRootOf(above, workspace);
}

function isWithin(path: string, root: string): boolean {
  const inside = relative(root, path);
  return inside !== ".." && !inside.startsWith(`..${sep}`) && resolve(root, inside) === path;
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // A path that cannot be read is reported where the template is read.
    return false;
  }
}
