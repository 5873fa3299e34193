import type { PolicyDocument } from "./document.js";

/** GitHub's OpenID Connect provider (GitHub documentation, "OpenID Connect reference"). */
const PROVIDER = "token.actions.githubusercontent.com";

/** Who may assume a role from GitHub. */
export interface Trust {
  /** `OWNER/REPOSITORY`, or with the IDs that newer repositories have in their subjects: `OWNER@ID/REPOSITORY@ID`. */
  readonly repository: string;
  /** Name of the environment of the job; undefined allows the branch `main` only. */
  readonly environment: string | undefined;
}

/** Returns the subject of the tokens that are accepted. It never has a wildcard, which would allow any pull request. */
export function trustedSubject({ repository, environment }: Trust): string {
  const part = environment === undefined ? "ref:refs/heads/main" : `environment:${environment}`;
  return `repo:${repository}:${part}`;
}

/** Returns the ARN of the provider in an account; the account can be an expression of a template language. */
export function providerArn(partition: string, account: string): string {
  return `arn:${partition}:iam::${account}:oidc-provider/${PROVIDER}`;
}

/**
 * Returns the trust policy of a role that jobs of a repository assume (IAM user guide, "Create a role for OpenID Connect federation").
 * `provider` is the ARN of the provider; the audience is that of the partition.
 */
export function trustPolicy(trust: Trust, provider: string, partition: string): PolicyDocument {
  const audience = partition === "aws-cn" ? "sts.amazonaws.com.cn" : "sts.amazonaws.com";
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "AssumeFromGitHub",
        Effect: "Allow",
        Principal: { Federated: provider },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: { [`${PROVIDER}:aud`]: audience, [`${PROVIDER}:sub`]: trustedSubject(trust) },
        },
      },
    ],
  };
}
