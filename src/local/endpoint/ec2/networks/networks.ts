import type { Actions, Handler } from "../../call.js";
import { ACCOUNT, type Resource, stockId } from "../../records.js";
import type { FilterFields } from "../../wire/filters.js";
import type { Members } from "../../wire/xml.js";
import { describeRows, select } from "../describe.js";
import type { NetworkSettings, Subnet } from "./model.js";

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
  readonly network: NetworkSettings;
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
  "map-public-ip-on-launch": (row) => row.network.publicAddresses,
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
    mapPublicIpOnLaunch: subnet.network.publicAddresses,
    blockPublicAccessStates: { internetGatewayBlockMode: subnet.network.blockMode },
    assignIpv6AddressOnCreation: false,
    ownerId: ACCOUNT,
  };
}

const describeSubnets: Handler = (call) => {
  const { name, vpc, network } = call.region;
  const more = { bornAt: 0, region: name, vpcId: vpc.vpcId, network };
  const subnets = new Map(vpc.subnets.map((subnet) => [subnet.id, { ...subnet, ...more }]));
  const selection = select(call, "subnet", subnets, "SubnetId");
  return describeRows(call, "subnetSet", selection, { filters: SUBNET_FILTERS, item: subnetItem });
};

interface RouteTableRow extends Resource {
  readonly vpcId: string;
  readonly associationId: string;
}

/** `association.subnet-id` matches explicit associations only, and the main route table has none. */
const ROUTE_TABLE_FILTERS: FilterFields<RouteTableRow> = {
  "route-table-id": (row) => row.id,
  "vpc-id": (row) => row.vpcId,
  "association.main": () => true,
  "association.route-table-association-id": (row) => row.associationId,
  "association.subnet-id": () => [],
  "owner-id": () => ACCOUNT,
};

const describeRouteTables: Handler = (call) => {
  const { name, vpc, network } = call.region;
  const main = {
    id: stockId("rtb", name),
    bornAt: 0,
    vpcId: vpc.vpcId,
    associationId: stockId("rtbassoc", name),
  };
  const gateway = { destinationCidrBlock: "0.0.0.0/0", gatewayId: stockId("igw", name), state: "active" };
  const local = { destinationCidrBlock: vpc.cidr, gatewayId: "local", state: "active", origin: "CreateRouteTable" };
  const selection = select(call, "route-table", new Map([[main.id, main]]), "RouteTableId");
  return describeRows(call, "routeTableSet", selection, {
    filters: ROUTE_TABLE_FILTERS,
    item: ({ id, vpcId, associationId }) => ({
      routeTableId: id,
      vpcId,
      ownerId: ACCOUNT,
      routeSet: [local, ...(network.internetGateway ? [{ ...gateway, origin: "CreateRoute" }] : [])],
      associationSet: [
        {
          routeTableAssociationId: associationId,
          routeTableId: id,
          main: true,
          associationState: { state: "associated" },
        },
      ],
    }),
  });
};

/** Handlers of the calls about the default VPC. */
export const networkActions: Actions = {
  DescribeVpcs: describeVpcs,
  DescribeSubnets: describeSubnets,
  DescribeRouteTables: describeRouteTables,
};
