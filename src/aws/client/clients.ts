import type * as AutoScaling from "@aws-sdk/client-auto-scaling";
import type * as EC2 from "@aws-sdk/client-ec2";
import type * as ECR from "@aws-sdk/client-ecr";
import type * as EcrPublicApi from "@aws-sdk/client-ecr-public";
import type * as IAM from "@aws-sdk/client-iam";
import type * as SecretsManager from "@aws-sdk/client-secrets-manager";
import type * as SSM from "@aws-sdk/client-ssm";
import type * as STS from "@aws-sdk/client-sts";
import type { MetadataBearer } from "@smithy/types";
import { type Caller, type CallSettings, type CallTarget, createCaller, type SdkClient } from "./call.js";
import { type ClientSettings, clientConfig, type JsonServiceName, type ServiceName } from "./config.js";
import type { CredentialSource } from "./credential-source.js";
import type { JsonCaller } from "./json-service.js";
import { type Rate, sharedPace } from "./pace.js";
import { type ObservedClient, observeDates, type ServerTime } from "./server-time.js";

export type Ec2 = Caller<EC2.ServiceInputTypes, EC2.ServiceOutputTypes, EC2.EC2ClientResolvedConfig>;
export type Ssm = Caller<SSM.ServiceInputTypes, SSM.ServiceOutputTypes, SSM.SSMClientResolvedConfig>;
export type Iam = Caller<IAM.ServiceInputTypes, IAM.ServiceOutputTypes, IAM.IAMClientResolvedConfig>;
export type Sts = Caller<STS.ServiceInputTypes, STS.ServiceOutputTypes, STS.STSClientResolvedConfig>;
export type Ecr = Caller<ECR.ServiceInputTypes, ECR.ServiceOutputTypes, ECR.ECRClientResolvedConfig>;
export type EcrPublic = Caller<
  EcrPublicApi.ServiceInputTypes,
  EcrPublicApi.ServiceOutputTypes,
  EcrPublicApi.ECRPUBLICClientResolvedConfig
>;
export type Secrets = Caller<
  SecretsManager.ServiceInputTypes,
  SecretsManager.ServiceOutputTypes,
  SecretsManager.SecretsManagerClientResolvedConfig
>;
export type AutoScalingGroups = Caller<
  AutoScaling.ServiceInputTypes,
  AutoScaling.ServiceOutputTypes,
  AutoScaling.AutoScalingClientResolvedConfig
>;

/** The callers of a session. The default Region is the build's. */
export interface ServiceCallers {
  ec2(region?: string): Promise<Ec2>;
  ssm(region?: string): Promise<Ssm>;
  iam(): Promise<Iam>;
  sts(): Promise<Sts>;
  secretsManager(region?: string): Promise<Secrets>;
  ecr(region?: string): Promise<Ecr>;
  ecrPublic(): Promise<EcrPublic>;
  autoScaling(region?: string): Promise<AutoScalingGroups>;
  /** Returns the caller of a service that has no client here. */
  json(service: JsonServiceName, region?: string): Promise<JsonCaller>;
}

export interface ClientCache {
  /** Returns the client of a service and Region. Creates it once until `clear`. */
  get<C>(name: string, create: (settings: ClientSettings) => C): C;
  clear(): void;
}

/** Caches clients. Clients keep their keys, so renewed keys need new clients: `clear` removes the old ones. */
export function createClientCache(
  source: CredentialSource,
  settings: Omit<ClientSettings, "credentials">,
): ClientCache {
  const cached = new Map<string, unknown>();
  return {
    get<C>(name: string, create: (settings: ClientSettings) => C): C {
      const client = cached.get(name) ?? create({ ...settings, credentials: () => source.current() });
      cached.set(name, client);
      return client as C;
    },
    clear: () => cached.clear(),
  };
}

/**
 * Calls per second and burst, per service and Region. EC2 allows a burst of 100 reads and 20 per second, and fewer writes (EC2 API
 * throttling). Half of that leaves capacity for other tools in the account.
 */
const RATE: Rate = { perSecond: 10, burst: 50 };

/** IAM prefixes of the services whose name in endpoint variables differs. */
const ACTIONS: Partial<Record<ServiceName, string>> = {
  "secrets-manager": "secretsmanager",
  "auto-scaling": "autoscaling",
};

/** Returns the callers, each service and Region with a separate rate limit. `endpoint` is the EC2 endpoint of the main Region. */
export function createServiceCallers(
  main: string,
  endpoint: string | undefined,
  clients: ClientCache,
  call: CallSettings & { readonly serverTime: ServerTime },
): ServiceCallers {
  const to = <In extends object, Out extends MetadataBearer, Config>(
    service: ServiceName,
    region: string,
    create: (config: ReturnType<typeof clientConfig>) => SdkClient<In, Out, Config> & ObservedClient<In, Out>,
  ): Caller<In, Out, Config> => {
    const name = `${service} ${region}`;
    const own = service === "ec2" && region === main ? endpoint : undefined;
    const client = () =>
      clients.get(name, (settings) => {
        const created = create(clientConfig(service, region, settings, own));
        observeDates(created, call.serverTime);
        return created;
      });
    return createCaller(targetOf(service, region, own), client, call);
  };
  const targetOf = (service: ServiceName, region: string, own: string | undefined): CallTarget => ({
    service: ACTIONS[service] ?? service,
    region,
    pace: sharedPace(call.clock, `${own ?? ""} ${service} ${region}`, RATE),
    endpoint: call.endpoints.at(own, service, region),
  });
  // Destructured at the import, so that a bundle contains only these parts of a package.
  return {
    async ec2(region = main) {
      const { EC2Client } = await import("@aws-sdk/client-ec2");
      return to("ec2", region, (config) => new EC2Client(config));
    },
    async ssm(region = main) {
      const { SSMClient } = await import("@aws-sdk/client-ssm");
      return to("ssm", region, (config) => new SSMClient(config));
    },
    async iam() {
      const { IAMClient } = await import("@aws-sdk/client-iam");
      return to("iam", main, (config) => new IAMClient(config));
    },
    async sts() {
      const { STSClient } = await import("@aws-sdk/client-sts");
      return to("sts", main, (config) => new STSClient(config));
    },
    async secretsManager(region = main) {
      const { SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
      return to("secrets-manager", region, (config) => new SecretsManagerClient(config));
    },
    async ecr(region = main) {
      const { ECRClient } = await import("@aws-sdk/client-ecr");
      return to("ecr", region, (config) => new ECRClient(config));
    },
    async ecrPublic() {
      const { ECRPUBLICClient } = await import("@aws-sdk/client-ecr-public");
      return to("ecr-public", main, (config) => new ECRPUBLICClient(config));
    },
    async autoScaling(region = main) {
      const { AutoScalingClient } = await import("@aws-sdk/client-auto-scaling");
      return to("auto-scaling", region, (config) => new AutoScalingClient(config));
    },
    async json(service, region = main) {
      const { createJsonCaller } = await import("./json-service.js");
      const { serverTime } = call;
      const connection = clients.get("json", (settings) => ({ ...settings, serverTime }));
      return createJsonCaller(service, targetOf(service, region, undefined), connection, call);
    },
  };
}
