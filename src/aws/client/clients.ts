import type * as AutoScaling from "@aws-sdk/client-auto-scaling";
import type * as EC2 from "@aws-sdk/client-ec2";
import type * as ECR from "@aws-sdk/client-ecr";
import type * as EcrPublicApi from "@aws-sdk/client-ecr-public";
import type * as IAM from "@aws-sdk/client-iam";
import type * as SecretsManager from "@aws-sdk/client-secrets-manager";
import type * as SSM from "@aws-sdk/client-ssm";
import type * as STS from "@aws-sdk/client-sts";
import type { MetadataBearer } from "@smithy/types";
import { type Caller, type CallSettings, caller, type SdkClient } from "./call.js";
import { type ClientSettings, clientConfig, type ServiceName } from "./config.js";
import type { CredentialSource } from "./credentials.js";
import { type Pace, tokenBucket } from "./pace.js";

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

/** The callers of a session; a region that is not given is the build's. */
export interface ServiceCallers {
  ec2(region?: string): Promise<Ec2>;
  ssm(region?: string): Promise<Ssm>;
  iam(): Promise<Iam>;
  sts(): Promise<Sts>;
  secretsManager(region?: string): Promise<Secrets>;
  ecr(region?: string): Promise<Ecr>;
  ecrPublic(): Promise<EcrPublic>;
  autoScaling(region?: string): Promise<AutoScalingGroups>;
}

export interface ClientCache {
  /** A client by service and region, made once until `forget`. */
  get<C>(name: string, make: (settings: ClientSettings) => C): C;
  forget(): void;
}

/** Clients keep their keys, so renewed keys need new clients; `forget` drops them. */
export function clientCache(source: CredentialSource, settings: Omit<ClientSettings, "credentials">): ClientCache {
  const made = new Map<string, unknown>();
  return {
    get<C>(name: string, make: (settings: ClientSettings) => C): C {
      const client = made.get(name) ?? make({ ...settings, credentials: () => source.current() });
      made.set(name, client);
      return client as C;
    },
    forget: () => made.clear(),
  };
}

/**
 * Calls a second and their burst, per service and region. EC2's buckets hold 100 reads refilled by 20 a second, fewer for
 * writes (EC2 API throttling); half of that leaves room for others in the account.
 */
const RATE = { perSecond: 10, burst: 50 };

/** Services whose actions IAM names otherwise than the environment's endpoints do. */
const ACTIONS: Partial<Record<ServiceName, string>> = {
  "secrets-manager": "secretsmanager",
  "auto-scaling": "autoscaling",
};

/** One caller per service and region, each with a pace of its own. `endpoint` is that of EC2 in the main region. */
export function serviceCallers(
  main: string,
  endpoint: string | undefined,
  clients: ClientCache,
  call: CallSettings,
): ServiceCallers {
  const paces = new Map<string, Pace>();
  const paceOf = (name: string): Pace => {
    const pace = paces.get(name) ?? tokenBucket(call.clock, RATE.perSecond, RATE.burst);
    paces.set(name, pace);
    return pace;
  };
  const to = <In extends object, Out extends MetadataBearer, Config>(
    service: ServiceName,
    region: string,
    create: (config: ReturnType<typeof clientConfig>) => SdkClient<In, Out, Config>,
  ): Caller<In, Out, Config> => {
    const name = `${service} ${region}`;
    const own = service === "ec2" && region === main ? endpoint : undefined;
    const client = () => clients.get(name, (settings) => create(clientConfig(service, region, settings, own)));
    return caller({ service: ACTIONS[service] ?? service, region, pace: paceOf(name) }, client, call);
  };
  // Destructured at the import, so that a bundle holds no more of a package than this.
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
  };
}
