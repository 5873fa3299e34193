import type { StaticCredentials } from "../../core/ledger.js";
import type { Environment } from "../../core/surroundings.js";
import type { Transport } from "./http.js";

/** Names of the services in `AWS_ENDPOINT_URL_<SERVICE>` (AWS SDKs reference guide, service-specific endpoints). */
export type ServiceName =
  | "ec2"
  | "ssm"
  | "iam"
  | "sts"
  | "secrets-manager"
  | "ecr"
  | "ecr-public"
  | "auto-scaling"
  | JsonServiceName;

/** The services that are called without a client of the SDK. */
export type JsonServiceName = "ec2-instance-connect" | "kms" | "servicequotas";

/** The services whose name in endpoint variables is not that of their endpoints. */
const VARIABLES: Partial<Record<ServiceName, string>> = { servicequotas: "SERVICE_QUOTAS" };

/**
 * Returns the endpoint of a service that the environment sets; undefined for the standard endpoint (AWS SDKs reference guide).
 * `AWS_ENDPOINT_URL_EC2` overrides `AWS_ENDPOINT_URL`, and `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true` disables both.
 */
export function endpointOf(service: ServiceName, env: Environment): string | undefined {
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === "true") return undefined;
  const own = env[`AWS_ENDPOINT_URL_${VARIABLES[service] ?? service.replaceAll("-", "_").toUpperCase()}`];
  return own || env.AWS_ENDPOINT_URL || undefined;
}

/** Keys in the SDK's format. */
export interface AwsCredentials extends StaticCredentials {
  readonly expiration?: Date;
}

/** The settings that all clients of a session share. */
export interface ClientSettings {
  readonly transport: Transport;
  readonly env: Environment;
  readonly credentials: () => Promise<AwsCredentials>;
}

/** Returns the options of a client. The SDK's retries are off, because `createCaller` retries within its abort signal and time limit. */
export function clientConfig(service: ServiceName, region: string, settings: ClientSettings, endpoint?: string) {
  const url = endpoint ?? endpointOf(service, settings.env);
  return {
    region,
    // Marked as memoized, so that the SDK asks for the keys of each call and does not judge their time itself: a source does that.
    credentials: Object.assign(() => settings.credentials(), { memoized: true }),
    requestHandler: { ...settings.transport },
    maxAttempts: 1,
    customUserAgent: "bake-ami",
    ...(url === undefined ? {} : { endpoint: url }),
  };
}
