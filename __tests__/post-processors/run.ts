import type { Artifact } from "../../src/core/artifact.js";
import type { PostProcessorContext } from "../../src/core/parts.js";
import { partContext } from "../support/context.js";

/** Returns a context for a post-processor in `cwd`; its events are in `events`. */
export function postProcessorContext(
  cwd: string,
  changes: Partial<PostProcessorContext> = {},
): PostProcessorContext & { readonly events: ReturnType<typeof partContext>["events"] } {
  return { ...partContext(cwd), data: {}, childEnvironment: async () => ({}), ...changes };
}

/** Returns an artifact of local files. */
export function filesArtifact(...files: readonly string[]): Artifact {
  return { kind: "files", builderId: "packer.file", id: undefined, files, text: `Stored file: ${files.join(", ")}` };
}
