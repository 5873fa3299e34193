import type { PermissionScope, PermissionStatement } from "../core/permissions.js";
import { ecrRegistry, type LoginOptions } from "./options.js";

const PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/** Suffixes of the actions of a push, which ECR and ECR Public share. */
const PUSH = [
  "BatchCheckLayerAvailability",
  "CompleteLayerUpload",
  "InitiateLayerUpload",
  "PutImage",
  "UploadLayerPart",
];

/**
 * A login to Amazon ECR, to pull the base image or to push images. The engine uses the repositories with the token of the login, so that
 * no log of API calls shows it.
 */
export function ecrPermissions(
  options: LoginOptions,
  { partition }: PermissionScope,
  how: "pull" | "push",
): readonly PermissionStatement[] {
  const registry = options.ecr_login ? ecrRegistry(options) : undefined;
  // Keys and profiles of the template are of another user or role.
  if (!registry || options.aws_access_key || options.aws_profile) return [];
  const service = registry.kind === "public" ? "ecr-public" : "ecr";
  const login: PermissionStatement = {
    sid: registry.kind === "public" ? "LogInToPublicEcr" : "LogInToEcr",
    actions:
      registry.kind === "public"
        ? ["ecr-public:GetAuthorizationToken", "sts:GetServiceBearerToken"]
        : ["ecr:GetAuthorizationToken"],
    resources: ["*"],
    conditions: {},
    why: "logs in to Amazon ECR (ecr_login)",
    unlogged: registry.kind === "public" ? ["sts:GetServiceBearerToken"] : [],
  };
  const actions =
    how === "push" ? PUSH.map((action) => `${service}:${action}`) : registry.kind === "private" ? PULL : [];
  if (actions.length === 0) return [login];
  const repository =
    registry.kind === "public"
      ? `arn:${partition}:ecr-public::*:repository/*`
      : `arn:${partition}:ecr:${registry.region}:${registry.account}:repository/*`;
  return [
    login,
    {
      sid: how === "push" ? "PushImages" : "PullImages",
      actions,
      resources: [repository],
      conditions: {},
      why: how === "push" ? "pushes the images" : "pulls the base image",
      unlogged: actions,
    },
  ];
}
