import type { ConnectEndpoint } from "../../../aws/instance-connect.js";
import type { FoundSubnet } from "../../../aws/network.js";
import type { AmazonEbsOptions } from "../options/schema.js";

/** How a build connects to its instance. */
export interface InstanceAccess {
  /** `ssh_interface` of the template, or what `access: auto` chose; undefined: the public address if there is one, else the private one. */
  readonly kind: AmazonEbsOptions["ssh_interface"];
  /** The endpoint of `instance_connect_endpoint`. */
  readonly endpoint: ConnectEndpoint | undefined;
  /** Whether the launch requests a public address; undefined leaves it to the subnet. */
  readonly publicAddress: boolean | undefined;
}

/** Returns whether connections do not come from the runner's address, so that no rule for it is needed. */
export function isTunnelled(kind: InstanceAccess["kind"]): boolean {
  return kind === "session_manager" || kind === "instance_connect_endpoint";
}

/** Returns the interface that the template sets, also in its old form. */
export function interfaceOf(
  options: Pick<AmazonEbsOptions, "ssh_interface" | "ssh_private_ip">,
): InstanceAccess["kind"] {
  const { ssh_interface: kind, ssh_private_ip: isPrivate } = options;
  return isPrivate && !isTunnelled(kind) ? "private_ip" : kind;
}

/** A subnet that the instance may be launched in. */
export interface SubnetFacts extends Pick<FoundSubnet, "id" | "givesPublicAddress" | "blockMode"> {
  readonly hasInternetRoute: boolean;
}

/** What `access: auto` decides by. A text is the reason why something cannot be used, as a clause. */
export interface AccessFacts {
  /** All subnets that the instance may be launched in. */
  readonly subnets: readonly SubnetFacts[] | string;
  /** `associate_public_ip_address`. */
  readonly asked: boolean | undefined;
  /** Why the runner's public address cannot be authorized; undefined if it can, or need not be. */
  readonly callerUnknown: string | undefined;
  /** Says by which network interface the runner is in the VPC of the instance; undefined if it is not. */
  readonly runnerInside: string | undefined;
  readonly endpoint: ConnectEndpoint | string;
  /** What allows the SSM agent to connect. */
  readonly agent: { readonly by: string } | string;
}

/** A way to connect, for people, and why it was chosen. */
export interface AccessChoice extends InstanceAccess {
  readonly way: string;
  readonly why: string;
}

/** The reasons why there is no way, as clauses. */
export interface NoAccess {
  readonly reasons: readonly string[];
}

/**
 * Chooses how to connect: the private address if the runner is in the VPC; the public address if every subnet gives one that works; else
 * the endpoint; else Session Manager.
 */
export function decideAccess(facts: AccessFacts): AccessChoice | NoAccess {
  const { asked, endpoint, agent, runnerInside } = facts;
  const none = { endpoint: undefined, publicAddress: asked };
  if (runnerInside !== undefined) return { ...none, kind: "private_ip", way: "private address", why: runnerInside };
  const blocked = whyNotReachable(facts);
  const noPublic = blocked ?? whyNoPublicAddress(facts);
  if (noPublic === undefined)
    return { ...none, kind: "public_ip", way: "public address", why: whyPublic(facts.subnets, asked) };
  // An address that traffic from the internet cannot reach is of no use for traffic to the internet either.
  const tunnelled = { publicAddress: asked && blocked !== undefined ? false : asked };
  if (typeof endpoint !== "string") {
    const way = `EC2 Instance Connect Endpoint ${endpoint.id}`;
    return { ...tunnelled, kind: "instance_connect_endpoint", endpoint, way, why: noPublic };
  }
  const reasons = [noPublic, endpoint];
  if (typeof agent === "string") return { reasons: [...reasons, agent] };
  const why = `${listed(reasons)}; ${agent.by}`;
  return { ...tunnelled, kind: "session_manager", endpoint: undefined, way: "Session Manager", why };
}

/** Returns clauses as one text. */
export function listed(clauses: readonly string[]): string {
  if (clauses.length < 2) return clauses.join("");
  return `${clauses.slice(0, -1).join(", ")}, and ${clauses.at(-1)}`;
}

/** Returns why no public address in a subnet can be reached from the internet. */
function whyNotReachable({ subnets }: AccessFacts): string | undefined {
  if (typeof subnets === "string") return subnets;
  const shut = subnets.find(({ blockMode }) => blockMode !== "off");
  if (shut) return `VPC Block Public Access ("${shut.blockMode}") applies to ${shut.id}`;
  const inner = subnets.find(({ hasInternetRoute }) => !hasInternetRoute);
  return inner && `${inner.id} has no default route to an internet gateway`;
}

/** Returns why the instance gets no public address, or why the runner cannot be allowed to connect to it. */
function whyNoPublicAddress({ subnets, asked, callerUnknown }: AccessFacts): string | undefined {
  if (asked === false) return '"associate_public_ip_address" is false';
  const without = typeof subnets === "string" ? undefined : subnets.find((each) => !each.givesPublicAddress);
  if (without && asked === undefined) return `${without.id} assigns no public addresses`;
  return callerUnknown;
}

function whyPublic(subnets: AccessFacts["subnets"], asked: boolean | undefined): string {
  const [only, ...others] = typeof subnets === "string" ? [] : subnets;
  const where = others.length > 0 ? `all ${others.length + 1} subnets` : (only?.id ?? "the subnet");
  const verb = others.length > 0 ? ["assign", "have"] : ["assigns", "has"];
  return asked
    ? `"associate_public_ip_address" is true, and ${where} ${verb[1]} a route to an internet gateway`
    : `${where} ${verb[0]} public addresses and ${verb[1]} a route to an internet gateway`;
}
