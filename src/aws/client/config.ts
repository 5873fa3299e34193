import type { StaticCredentials } from "../../core/ledger.js";
import type { Environment } from "../../core/surroundings.js";
import type { Transport } from "./http.js";

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

/** Keys as the SDK takes them. */
export interface AwsCredentials extends StaticCredentials {
  readonly expiration?: Date;
}

/** What every client of a session has in common. */
export interface ClientSettings {
  readonly transport: Transport;
  readonly env: Environment;
  readonly credentials: () => Promise<AwsCredentials>;
}

/** Options of one client. The SDK's own retries are off: `caller` retries, as it knows the abort signal and the budget. */
export function clientConfig(service: ServiceName, region: string, settings: ClientSettings, endpoint?: string) {
  const url = endpoint ?? endpointOf(service, settings.env);
  return {
    region,
    credentials: settings.credentials,
    requestHandler: { ...settings.transport },
    maxAttempts: 1,
    customUserAgent: "bake-ami",
    ...(url === undefined ? {} : { endpoint: url }),
  };
}
