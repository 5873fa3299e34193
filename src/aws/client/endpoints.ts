/** The environment as a record; what is not set is undefined. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Names of the services in `AWS_ENDPOINT_URL_<SERVICE>` (AWS SDKs reference guide, service-specific endpoints). */
export type ServiceName = "ec2" | "ssm" | "iam" | "sts" | "secrets-manager" | "ecr" | "ecr-public" | "auto-scaling";

/**
 * Endpoint of a service where the environment names one; undefined is the standard one. Follows the AWS SDKs reference guide:
 * `AWS_ENDPOINT_URL_EC2` beats `AWS_ENDPOINT_URL`, and `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true` switches both off.
 */
export function endpointOf(service: ServiceName, env: Environment): string | undefined {
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === "true") return undefined;
  const own = env[`AWS_ENDPOINT_URL_${service.replaceAll("-", "_").toUpperCase()}`];
  return own || env.AWS_ENDPOINT_URL || undefined;
}
