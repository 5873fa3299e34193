import type { BuilderContext } from "../../core/parts.js";
import type { ContainerEngine } from "../../docker/engine.js";
import type { DockerBuilderOptions } from "./options.js";

/** What every step of a docker build gets. */
export interface DockerBake {
  readonly options: DockerBuilderOptions;
  readonly context: BuilderContext;
  readonly engine: ContainerEngine;
}

/** A ledger entry for something in the engine that is not created yet. Cleanup finds it by its name. */
export interface Reserved {
  readonly key: string;
  readonly name: string;
}

/**
 * Records in the ledger that a container or an image with this unique name is about to be created. Cleanup finds it by the name, not by
 * labels: a committed image would inherit them, and so would every container started from that image. `container` is the container
 * that an image is made of.
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
  // A repository can show "being built" only in the tag.
  const name = kind === "container" ? stem : `${stem}:unfinished`;
  const details = { program: bake.engine.program, ...more };
  ledger.intend({ key, kind, build: identity.name, name, details });
  return { key, name };
}

/** Returns letters, digits and single dashes, at most 40 characters: names of containers and repositories both allow these. */
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
