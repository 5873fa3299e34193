import { basename, dirname } from "node:path";
import { imageNameOf } from "../publish/parameter-name.js";

/** A job of `strategy.matrix`. */
export interface MatrixJob {
  /** What the job is called: the image's name, with the build's where there is a job for each. */
  readonly name: string;
  readonly template: string;
  /** For the input `image`: unique in the matrix. */
  readonly image: string;
  /** For the input `only`: empty bakes all builds of the template. */
  readonly only: string;
}

/** The value of `strategy.matrix`. */
export interface Matrix {
  readonly include: readonly MatrixJob[];
}

/** A template and the builds that get a job each; none means one job for all. */
export interface MatrixTemplate {
  readonly path: string;
  /** Absolute. */
  readonly location: string;
  readonly builds: readonly string[];
}

/**
 * One job a template, or one a build. Templates of the same name in different folders would write
 * the same parameter: their images are called after the folders too.
 */
export function matrixOf(templates: readonly MatrixTemplate[]): Matrix {
  const names = uniqueNames(templates.map(({ location }) => location));
  const jobs = templates.flatMap(({ path, builds }, index) => {
    const image = names[index] ?? path;
    const job = (name: string, only: string) => ({ name, template: path, image, only });
    return builds.length === 0 ? [job(image, "")] : builds.map((build) => job(`${image} (${build})`, build));
  });
  return { include: jobs };
}

/** The last parts of each path, as many as it takes to tell it from the others, joined by hyphens. */
function uniqueNames(locations: readonly string[]): readonly string[] {
  const nameOf = (path: string, parts: number): string => {
    const own = imageNameOf(path);
    const above = dirname(path);
    return parts <= 1 || basename(above) === "" ? own : `${nameOf(above, parts - 1)}-${own}`;
  };
  return locations.map((location) => {
    const others = locations.filter((other) => other !== location);
    for (let parts = 1; parts <= location.split(/[/\\]/).length; parts++) {
      const name = nameOf(location, parts);
      if (others.every((other) => nameOf(other, parts) !== name)) return name;
    }
    return nameOf(location, 1);
  });
}
