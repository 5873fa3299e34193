import type { Actions, Handler } from "../../call.js";
import { ACCOUNT, type Resource, stockId } from "../../records.js";
import type { FilterFields } from "../../wire/filters.js";
import type { Members } from "../../wire/xml.js";
import { describeRows, select } from "../describe.js";
import type { Subnet } from "./model.js";

interface VpcRow extends Resource {
  readonly cidr: string;
}

const VPC_FILTERS: FilterFields<VpcRow> = {
  "vpc-id": (row) => row.id,
  cidr: (row) => row.cidr,
  "cidr-block": (row) => row.cidr,
  "cidr-block-association.cidr-block": (row) => row.cidr,
  isDefault: () => true,
  "is-default": () => true,
  state: () => "available",
  "owner-id": () => ACCOUNT,
  "dhcp-options-id": () => stockId("dopt", ACCOUNT),
};

function vpcItem({ id, cidr }: VpcRow): Members {
  return {
    vpcId: id,
    cidrBlock: cidr,
    ownerId: ACCOUNT,
    instanceTenancy: "default",
    isDefault: true,
    state: "available",
    dhcpOptionsId: stockId("dopt", ACCOUNT),
    cidrBlockAssociationSet: [
      {
        associationId: id.replace("vpc-", "vpc-cidr-assoc-"),
        cidrBlock: cidr,
        cidrBlockState: { state: "associated" },
      },
    ],
  };
}

const describeVpcs: Handler = (call) => {
  const { vpcId, cidr } = call.region.vpc;
  const vpcs = new Map([[vpcId, { id: vpcId, bornAt: 0, cidr }]]);
  return describeRows(call, "vpcSet", select(call, "vpc", vpcs, "VpcId"), { filters: VPC_FILTERS, item: vpcItem });
};

interface SubnetRow extends Resource, Subnet {
  readonly region: string;
  readonly vpcId: string;
}

const SUBNET_FILTERS: FilterFields<SubnetRow> = {
  "subnet-id": (row) => row.id,
  "vpc-id": (row) => row.vpcId,
  "availability-zone": (row) => row.zone.name,
  availabilityZone: (row) => row.zone.name,
  "availability-zone-id": (row) => row.zone.id,
  cidr: (row) => row.cidr,
  "cidr-block": (row) => row.cidr,
  "default-for-az": () => true,
  defaultForAz: () => true,
  "map-public-ip-on-launch": () => true,
  state: () => "available",
  "owner-id": () => ACCOUNT,
};

function subnetItem(subnet: SubnetRow): Members {
  return {
    subnetId: subnet.id,
    subnetArn: `arn:aws:ec2:${subnet.region}:${ACCOUNT}:subnet/${subnet.id}`,
    state: "available",
    vpcId: subnet.vpcId,
    cidrBlock: subnet.cidr,
    availableIpAddressCount: 4091,
    availabilityZone: subnet.zone.name,
    availabilityZoneId: subnet.zone.id,
    defaultForAz: true,
    mapPublicIpOnLaunch: true,
    assignIpv6AddressOnCreation: false,
    ownerId: ACCOUNT,
  };
}

const describeSubnets: Handler = (call) => {
  const { name, vpc } = call.region;
  const subnets = new Map(
    vpc.subnets.map((subnet) => [subnet.id, { ...subnet, bornAt: 0, region: name, vpcId: vpc.vpcId }]),
  );
  const selection = select(call, "subnet", subnets, "SubnetId");
  return describeRows(call, "subnetSet", selection, { filters: SUBNET_FILTERS, item: subnetItem });
};

/** Handlers of the calls about the default VPC. */
export const networkActions: Actions = { DescribeVpcs: describeVpcs, DescribeSubnets: describeSubnets };
