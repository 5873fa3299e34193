import type { ImageRank } from "./image-order.js";
import type { ImageTestReport } from "./image-tests.js";
import type { AccountReference } from "./ledger.js";

/** One AMI of a build, in one region. */
export interface ImageInRegion {
  readonly region: string;
  readonly imageId: string;
  readonly snapshotIds: readonly string[];
  /** Decides which of two images is newer; the same in every Region of a bake. */
  readonly rank?: ImageRank | undefined;
}

/** An SSM parameter that holds the latest image of a Region. */
export interface PublishedParameter {
  readonly region: string;
  readonly name: string;
  readonly imageId: string;
  readonly version: number;
  /** The previous image, where the parameter had another value before. */
  readonly previous: string | undefined;
}

/** The source AMI of an instance. `createdAt` is RFC 3339, as AWS reports it. */
export interface SourceImage {
  readonly imageId: string;
  readonly name: string;
  readonly createdAt: string;
  readonly owner: string;
  readonly ownerAlias: string;
  readonly architecture: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Whether an image was reused instead of baked, and why; or which interrupted bake was resumed. */
export interface SkipOutcome {
  readonly skipped: boolean;
  readonly reason: string;
}

/** A set of AMIs, one per region. */
export interface AmiArtifact {
  readonly kind: "ami";
  readonly builderId: string;
  /** Region of the build; with `skip_save_build_region` it is not in `images`. */
  readonly buildRegion: string;
  readonly imageName: string;
  /** The account, for publishing, retention and post-processors. */
  readonly account: AccountReference;
  readonly images: readonly ImageInRegion[];
  /** Regions whose copy failed, with the reason. */
  readonly missing: readonly { readonly region: string; readonly reason: string }[];
  readonly source: SourceImage;
  /** Whether the build Region has earlier images of this build; their parameters then probably exist. */
  readonly hasEarlier: boolean | undefined;
  /** Hash of the image's inputs; undefined where it could not be computed. */
  readonly fingerprint: string | undefined;
  /** Pattern of the template's image names; `*` stands for the text that differs between runs. */
  readonly namePattern: string | undefined;
  readonly skip: SkipOutcome | undefined;
  /** The tests of the image; undefined where none were requested. */
  readonly tests?: ImageTestReport | undefined;
}

/** Local files, made by the file builder, docker export, artifice or compress. */
export interface FilesArtifact {
  readonly kind: "files";
  readonly builderId: string;
  /** ID in manifests: `File`, `Container`; empty when undefined. */
  readonly id: string | undefined;
  readonly files: readonly string[];
  /** Description in the final summary, e.g. `Exported Docker file: out.tar`. */
  readonly text: string;
}

/** An image in a container engine. */
export interface DockerArtifact {
  readonly kind: "docker-image";
  readonly builderId: string;
  /** `sha256:…` after commit, `repository:tag` after docker-tag or docker-import. */
  readonly imageId: string;
  readonly tags: readonly string[];
  /** The engine's client: `docker`, `podman`, or a path; `docker` when undefined. */
  readonly program: string | undefined;
  readonly digest: string | undefined;
  readonly text: string;
}

/** No artifact (null builder, `skip_create_ami`, docker `discard`). */
export interface EmptyArtifact {
  readonly kind: "none";
  readonly builderId: string;
  /** ID in manifests; `Null` when undefined. */
  readonly id: string | undefined;
  readonly text: string;
}

/** The result of a build (Packer's artifact). */
export type Artifact = AmiArtifact | FilesArtifact | DockerArtifact | EmptyArtifact;

/** A file on the runner that a post-processor wrote. */
export interface WrittenFile {
  readonly kind: "manifest" | "checksums" | "archive" | "image";
  /** Absolute. */
  readonly path: string;
}

/** Returns the ID as Packer writes it; for AMIs `us-east-1:ami-1,us-west-2:ami-2`, sorted (packer.md §3.2). */
export function artifactId(artifact: Artifact): string {
  switch (artifact.kind) {
    case "ami":
      return artifact.images
        .map((image) => `${image.region}:${image.imageId}`)
        .sort()
        .join(",");
    case "docker-image":
      return artifact.imageId;
    default:
      return artifact.id ?? (artifact.kind === "files" ? "" : "Null");
  }
}

/** Returns the artifacts that exist: not those of a bake of which every image failed. */
export function createdArtifacts(artifacts: readonly Artifact[]): readonly Artifact[] {
  return artifacts.filter((artifact) => artifact.kind !== "ami" || artifact.images.length > 0);
}

/** Returns the text of the final summary: for AMIs a heading, then one `region: ami` per line. */
export function artifactText(artifact: Artifact): string {
  if (artifact.kind !== "ami") return artifact.text;
  const lines = artifact.images.map((image) => `${image.region}: ${image.imageId}`).sort();
  return [artifact.skip?.skipped ? "Existing AMIs were reused:" : "AMIs were created:", ...lines, ""].join("\n");
}

/** Returns whether a name matches a pattern; `*` stands for any text. */
export function matchesName(pattern: string, name: string): boolean {
  const fixed = pattern.split("*").map((piece) => piece.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${fixed.join(".*")}$`, "s").test(name);
}

/** Returns whether a pattern is specific enough to identify one series of images: at least three fixed letters or digits. */
export function isSpecificName(pattern: string): boolean {
  return pattern.replace(/[^\p{L}\p{N}]/gu, "").length >= 3;
}
