import { createReadStream } from "node:fs";
import { BakeError } from "../../core/errors.js";
import type { RunPostProcessor } from "../../core/parts.js";
import { commandOutput } from "../../docker/engine.js";
import { engineOf, imageName, imageText } from "../docker-image.js";
import { nameFrom } from "../local-files.js";
import type { DockerImportOptions } from "./options.js";

/** Creates an image from an exported file system (Packer §3.8, docker-import). The file is kept only with `keep_input_artifact`. */
export const run: RunPostProcessor<DockerImportOptions> = async (artifact, options, context) => {
  const files = artifact.kind === "files" ? artifact.files : [];
  const [file] = files;
  if (file === undefined || files.length > 1) {
    throw new BakeError(
      artifact.kind === "files"
        ? `docker-import needs exactly one file, but the artifact has ${files.length}`
        : `Unknown artifact type: ${artifact.builderId}. docker-import needs the file of a docker builder with "export_path"`,
      {
        code: "not-an-export",
        hint: 'Use docker-import after a docker builder with "export_path", or after artifice. Exclude other builds with "only".',
        range: context.range,
      },
    );
  }
  const name = imageName(options.repository, options.tag);
  context.narrator.message(`Importing image: ${nameFrom(context.surroundings.cwd, file)}`);
  context.narrator.message(`Repository: ${name}`);
  const id = await commandOutput(
    engineOf(options, context),
    [
      "import",
      ...(options.platform ? ["--platform", options.platform] : []),
      ...options.changes.flatMap((change) => ["--change", change]),
      "-",
      name,
    ],
    { action: `import "${file}"`, signal: context.signal, stdin: createReadStream(file) },
  );
  context.narrator.message(`Imported ID: ${id}`);
  return {
    artifact: {
      kind: "docker-image",
      builderId: "packer.post-processor.docker-import",
      imageId: name,
      tags: [name],
      program: options.docker_path,
      digest: undefined,
      text: imageText(name, []),
    },
    keepInput: { keep: false, forced: false },
    files: [],
  };
};
