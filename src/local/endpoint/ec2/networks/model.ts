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

/** A region's default VPC: one subnet in each zone, each giving public addresses. */
export interface DefaultVpc {
  readonly vpcId: string;
  readonly cidr: string;
  readonly subnets: readonly Subnet[];
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
