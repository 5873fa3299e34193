import { checkLogin, clientFields, loginFields } from "../../docker/options.js";
import { text } from "../../options/fields.js";
import { type OptionsOf, schema } from "../../options/schema.js";

/** Options of the docker-push post-processor (Packer, "Docker Push post-processor"). */
export const dockerPushOptions = schema(
  {
    ...clientFields,
    ...loginFields,
    platform: text({
      doc: "Push only this platform of a multi-platform image, for example `linux/arm64`.",
      defaultDoc: "all platforms",
    }),
  },
  { check: checkLogin },
);

export type DockerPushOptions = OptionsOf<typeof dockerPushOptions>;
