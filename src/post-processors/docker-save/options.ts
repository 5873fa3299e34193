import { clientFields } from "../../docker/options.js";
import { text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";

/** Options of the docker-save post-processor (Packer, "Docker Save post-processor"). */
export const dockerSaveOptions = schema({
  ...clientFields,
  path: text({ doc: "File to save the image to, as a tar archive for `docker load`.", required: true }),
});

export type DockerSaveOptions = OptionsOf<typeof dockerSaveOptions>;
