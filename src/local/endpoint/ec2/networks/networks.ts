import type { Actions, Handler } from "../../call.js";
import { ACCOUNT, stockId } from "../../records.js";
import { refusal } from "../../wire/errors.js";
import { type FilterFields, filtered } from "../../wire/filters.js";
import { EC2_PAGES, page } from "../../wire/paging.js";
import { texts } from "../../wire/query.js";
import { checkId, notFound } from "../ids.js";
import type { Subnet } from "../model.js";

interface Vpc {
  readonly vpcId: string;
  readonly cidrBlock: string;
}

const VPC_FILTERS: FilterFields<Vpc> = {
  "vpc-id": (row) => row.vpcId,
  cidr: (row) => row.cidrBlock,
  "cidr-block": (row) => row.cidrBlock,
  "cidr-block-association.cidr-block": (row) => row.cidrBlock,
  isDefault: () => true,
  "is-default": () => true,
  state: () => "available",
  "owner-id": () => ACCOUNT,
  "dhcp-options-id": () => stockId("dopt", ACCOUNT),
};

const describeVpcs: Handler = ({ region, params }) => {
  const ids = texts(params, "VpcId");
  for (const id of ids) {
    if (id !== region.vpc.vpcId) {
      checkId("vpc", id);
      throw refusal("InvalidVpcID.NotFound", `The vpc ID '${id}' does not exist`);
    }
  }
  const vpcs: Vpc[] = [{ vpcId: region.vpc.vpcId, cidrBlock: region.vpc.cidr }];
  const found = page(params, filtered(params, vpcs, VPC_FILTERS), EC2_PAGES, ids);
  return {
    vpcSet: found.rows.map((vpc) => ({
      ...vpc,
      ownerId: ACCOUNT,
      instanceTenancy: "default",
      isDefault: true,
      state: "available",
      dhcpOptionsId: stockId("dopt", ACCOUNT),
      cidrBlockAssociationSet: [
        {
          associationId: vpc.vpcId.replace("vpc-", "vpc-cidr-assoc-"),
          cidrBlock: vpc.cidrBlock,
          cidrBlockState: { state: "associated" },
        },
      ],
    })),
    nextToken: found.next,
  };
};

const SUBNET_FILTERS: FilterFields<Subnet & { readonly vpcId: string }> = {
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

const describeSubnets: Handler = ({ region, params }) => {
  const ids = texts(params, "SubnetId");
  const unknown = ids.filter((id) => !region.vpc.subnets.some((subnet) => subnet.id === id));
  for (const id of unknown) checkId("subnet", id);
  if (unknown.length > 0) throw notFound("subnet", unknown);
  const rows = region.vpc.subnets
    .filter((subnet) => ids.length === 0 || ids.includes(subnet.id))
    .map((subnet) => ({ ...subnet, vpcId: region.vpc.vpcId }));
  const found = page(params, filtered(params, rows, SUBNET_FILTERS), EC2_PAGES, ids);
  return {
    subnetSet: found.rows.map((subnet) => ({
      subnetId: subnet.id,
      subnetArn: `arn:aws:ec2:${region.name}:${ACCOUNT}:subnet/${subnet.id}`,
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
    })),
    nextToken: found.next,
  };
};

export const networkActions: Actions = { DescribeVpcs: describeVpcs, DescribeSubnets: describeSubnets };
