import type { TagMap } from "../../records.js";

/** An availability zone. */
export interface Zone {
  readonly name: string;
  readonly id: string;
}

/** A subnet of the default VPC. */
export interface Subnet {
  readonly id: string;
  readonly zone: Zone;
  readonly cidr: string;
}

/** A region's default VPC: one subnet in each zone. */
export interface DefaultVpc {
  readonly vpcId: string;
  readonly cidr: string;
  readonly subnets: readonly Subnet[];
}

/** How the account has set up the default VPC of a region: as AWS creates it, unless a seed changes it. */
export interface NetworkSettings {
  /** Whether the subnets assign public addresses. */
  readonly publicAddresses: boolean;
  /** Whether the main route table has a route to an internet gateway. */
  readonly internetGateway: boolean;
  /** Mode of VPC Block Public Access. */
  readonly blockMode: "off" | "block-bidirectional" | "block-ingress";
  /** Whether the VPC has an EC2 Instance Connect Endpoint. */
  readonly connectEndpoint: boolean;
  /** Public addresses of network interfaces that are of no instance of this cloud, such as those of a NAT gateway. */
  readonly otherAddresses: readonly string[];
  /** The role of Systems Manager's default host management; undefined while it is turned off. */
  readonly managementRole: string | undefined;
}

/** Where a rule lets traffic come from, or go to. */
export interface RuleSource {
  readonly kind: "ipv4" | "ipv6" | "group" | "prefix-list";
  readonly value: string;
}

/** One rule of a security group. Ports are undefined for all. */
export interface Rule {
  readonly id: string;
  readonly protocol: string;
  readonly fromPort: number | undefined;
  readonly toPort: number | undefined;
  readonly source: RuleSource;
  readonly description: string | undefined;
}

/** A security group. */
export interface SecurityGroup {
  readonly id: string;
  readonly bornAt: number;
  readonly name: string;
  readonly description: string;
  readonly vpcId: string;
  ingress: readonly Rule[];
  egress: readonly Rule[];
  readonly tags: TagMap;
}
