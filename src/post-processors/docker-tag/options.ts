import { clientFields } from "../../docker/options.js";
import { flag, list, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";

const tag = text({ doc: "A tag.", required: true });

/** Options of the docker-tag post-processor (Packer §3.8). */
export const dockerTagOptions = schema({
  repository: text({ doc: "Repository of the image, with its registry if it has one.", required: true }),
  tags: list(tag, { doc: "Tags of the image in the repository.", defaultDoc: "`latest`" }),
  tag: list(tag, { doc: "Old name of `tags`.", deprecated: 'use "tags"' }),
  force: flag({ doc: "No effect: since 2016 engines replace existing tags without it.", default: false }),
  ...clientFields,
});

export type DockerTagOptions = OptionsOf<typeof dockerTagOptions>;
