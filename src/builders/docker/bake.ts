import type { BuilderContext } from "../../core/parts.js";
import type { ContainerEngine } from "../../docker/engine.js";
import type { DockerBuilderOptions } from "./options.js";

/** What every step of a docker build is given. */
export interface DockerBake {
  readonly options: DockerBuilderOptions;
  readonly context: BuilderContext;
  readonly engine: ContainerEngine;
}

/** What is on record of something in the engine before it is made: its name alone finds it again. */
export interface Reserved {
  readonly key: string;
  readonly name: string;
}

/**
 * Puts on record that a container or an image of this unique name is about to be made. It is found again by the name, not by
 * labels: a committed image would inherit them, and with it every container that is ever started from the image. `container` is
 * what an image is made of.
 */
export function reserve(
  bake: DockerBake,
  kind: "container" | "docker-image",
  more: Readonly<Record<string, string>> = {},
): Reserved {
  const { ledger, identity, settings, surroundings } = bake.context;
  const unique = surroundings.ids.short(8);
  const key = `${settings.ownership.runId}/${identity.name}/${kind}/${unique}`;
  const stem = `bake-ami-${plain(settings.ownership.runId)}-${plain(identity.name)}-${unique}`;
  // Repositories have no other place for "being built" than the tag.
  const name = kind === "container" ? stem : `${stem}:unfinished`;
  const details = { program: bake.engine.program, ...more };
  ledger.intend({ key, kind, build: identity.name, name, details });
  return { key, name };
}

/** Letters, digits and single dashes, at most 40: what names of containers and of repositories both take. */
function plain(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "")
      .slice(0, 40)
      .replace(/-$/, "") || "x"
  );
}
