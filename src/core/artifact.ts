import type { AccountReference } from "./ledger.js";

/** One AMI of a build, in one region. */
export interface ImageInRegion {
  readonly region: string;
  readonly imageId: string;
  readonly snapshotIds: readonly string[];
  /** RFC 3339 time at which it was made, as the cloud reports it: decides which of two images is the newer one. */
  readonly createdAt?: string | undefined;
}

/** A parameter that names the latest image of a region. */
export interface PublishedParameter {
  readonly region: string;
  readonly name: string;
  readonly imageId: string;
  readonly version: number;
  /** The image that it named before, where it was moved from another. */
  readonly previous: string | undefined;
}

/** The image that an instance started from. `createdAt` is the cloud's text, RFC 3339. */
export interface SourceImage {
  readonly imageId: string;
  readonly name: string;
  readonly createdAt: string;
  readonly owner: string;
  readonly ownerAlias: string;
  readonly architecture: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Why an image was reused instead of baked, or what made a bake necessary. */
export interface SkipOutcome {
  readonly skipped: boolean;
  readonly reason: string;
}

/** A set of AMIs, one per region. */
export interface AmiArtifact {
  readonly kind: "ami";
  readonly builderId: string;
  /** Region of the build; not among `images` with `skip_save_build_region`. */
  readonly buildRegion: string;
  readonly imageName: string;
  /** How the account is reached for what comes after: parameters, retention, post-processors. */
  readonly account: AccountReference;
  readonly images: readonly ImageInRegion[];
  /** Regions whose copy failed, with the reason. */
  readonly missing: readonly { readonly region: string; readonly reason: string }[];
  readonly source: SourceImage;
  /** Whether the build region holds earlier images of this build: what names them is likely to exist. */
  readonly hasEarlier: boolean | undefined;
  /** Hash of all that went into the image, where it could be known. */
  readonly fingerprint: string | undefined;
  /** Pattern of the names that the template gives, with `*` for what differs from run to run. */
  readonly namePattern: string | undefined;
  readonly skip: SkipOutcome | undefined;
}

/** Local files: of the file builder, docker export, artifice, compress. Sizes in bytes. */
export interface FilesArtifact {
  readonly kind: "files";
  readonly builderId: string;
  /** What manifests call it: `File`, `Container`; empty when not given. */
  readonly id: string | undefined;
  readonly files: readonly string[];
  /** What the artifact is called in the summary, e.g. `Exported Docker file: out.tar`. */
  readonly text: string;
}

/** An image in a Docker engine. */
export interface DockerArtifact {
  readonly kind: "docker-image";
  readonly builderId: string;
  /** `sha256:…` after commit, `repository:tag` after docker-tag or docker-import. */
  readonly imageId: string;
  readonly tags: readonly string[];
  /** The client that reaches its engine: `docker`, `podman`, or a path; `docker` when not given. */
  readonly program: string | undefined;
  readonly digest: string | undefined;
  readonly text: string;
}

/** A machine that keeps nothing (null builder, `skip_create_ami`, docker discard). */
export interface EmptyArtifact {
  readonly kind: "none";
  readonly builderId: string;
  /** What manifests call it; `Null` when not given. */
  readonly id: string | undefined;
  readonly text: string;
}

/** What a build made (Packer's artifact). */
export type Artifact = AmiArtifact | FilesArtifact | DockerArtifact | EmptyArtifact;

/** A file on the runner that a post-processor wrote. */
export interface WrittenFile {
  readonly kind: "manifest" | "checksums" | "archive" | "image";
  /** Absolute. */
  readonly path: string;
}

/** The id as Packer writes it: `us-east-1:ami-1,us-west-2:ami-2` sorted for AMIs (packer.md §3.2). */
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

/** The text of the final summary: for AMIs a heading, then one `region: ami` per line. */
export function artifactText(artifact: Artifact): string {
  if (artifact.kind !== "ami") return artifact.text;
  const lines = artifact.images.map((image) => `${image.region}: ${image.imageId}`).sort();
  return ["AMIs were created:", ...lines, ""].join("\n");
}

/** Whether a name is one of a pattern's: `*` stands for any text, everything else for itself. */
export function matchesName(pattern: string, name: string): boolean {
  const fixed = pattern.split("*").map((piece) => piece.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${fixed.join(".*")}$`, "s").test(name);
}

/** Whether so much of a pattern is fixed that it tells one image's names from another's: three letters or digits. */
export function isSpecificName(pattern: string): boolean {
  return pattern.replace(/[^\p{L}\p{N}]/gu, "").length >= 3;
}
