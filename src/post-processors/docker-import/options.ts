import { clientFields } from "../../docker/options.js";
import { list, text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";

/** Options of the docker-import post-processor (Packer, "Docker Import post-processor"). */
export const dockerImportOptions = schema({
  ...clientFields,
  repository: text({ doc: "Repository of the image.", required: true }),
  tag: text({ doc: "Tag of the image.", defaultDoc: "`latest`, set by the engine" }),
  changes: list(text({ doc: "A Dockerfile instruction.", required: true }), {
    doc: "Dockerfile instructions for the image's configuration: `CMD`, `ENTRYPOINT`, `ENV`, `EXPOSE`, `LABEL`, `USER`, `WORKDIR` …",
  }),
  platform: text({ doc: "Platform of the image, as `linux/arm64`.", defaultDoc: "the engine's platform" }),
});

export type DockerImportOptions = OptionsOf<typeof dockerImportOptions>;
