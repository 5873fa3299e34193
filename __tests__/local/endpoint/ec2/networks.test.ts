import {
  DescribeInstanceConnectEndpointsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
} from "@aws-sdk/client-ec2";
import { GetServiceSettingCommand } from "@aws-sdk/client-ssm";
import { expect, test } from "@jest/globals";
import { refused, started } from "../started.js";
import { launched } from "../steps.js";

const SETTING = "/ssm/managed-instance/default-ec2-instance-management-role";

test("the default VPC is public, as AWS creates it", async () => {
  const cloud = await started();
  const { Subnets } = await cloud.ec2().send(new DescribeSubnetsCommand({}));
  expect(new Set(Subnets?.map(({ MapPublicIpOnLaunch }) => MapPublicIpOnLaunch))).toEqual(new Set([true]));
  expect(Subnets?.[0]?.BlockPublicAccessStates).toEqual({ InternetGatewayBlockMode: "off" });
  const { RouteTables } = await cloud.ec2().send(new DescribeRouteTablesCommand({}));
  expect(RouteTables).toHaveLength(1);
  expect(RouteTables?.[0]).toMatchObject({
    VpcId: Subnets?.[0]?.VpcId,
    Associations: [{ Main: true }],
    Routes: [
      { GatewayId: "local", State: "active" },
      { DestinationCidrBlock: "0.0.0.0/0", GatewayId: expect.stringMatching(/^igw-/), State: "active" },
    ],
  });
});

test("a seed makes it private", async () => {
  const cloud = await started();
  const network = {
    publicAddresses: false,
    internetGateway: false,
    blockMode: "block-ingress",
    connectEndpoint: false,
  } as const;
  cloud.endpoint.seed({ regions: { "us-east-1": { network } } });
  const ec2 = cloud.ec2();
  const { Subnets } = await ec2.send(new DescribeSubnetsCommand({}));
  expect(Subnets?.[0]).toMatchObject({
    MapPublicIpOnLaunch: false,
    BlockPublicAccessStates: { InternetGatewayBlockMode: "block-ingress" },
  });
  const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({}));
  expect(RouteTables?.[0]?.Routes?.map(({ GatewayId }) => GatewayId)).toEqual(["local"]);
  expect(await ec2.send(new DescribeInstanceConnectEndpointsCommand({}))).toMatchObject({
    InstanceConnectEndpoints: [],
  });
  const { InstanceId } = await launched(ec2);
  cloud.pass(60);
  const { NetworkInterfaces } = await ec2.send(new DescribeNetworkInterfacesCommand({}));
  expect(NetworkInterfaces?.[0]).toMatchObject({ Attachment: { InstanceId } });
  expect(NetworkInterfaces?.[0]?.Association).toBeUndefined();
});

test("network interfaces are found by their public address", async () => {
  const cloud = await started();
  cloud.endpoint.seed({ regions: { "us-east-1": { network: { otherAddresses: ["198.51.100.7"] } } } });
  const withAddress = async (address: string) => {
    const Filters = [{ Name: "association.public-ip", Values: [address] }];
    const found = await cloud.ec2().send(new DescribeNetworkInterfacesCommand({ Filters }));
    return found.NetworkInterfaces?.map(({ InterfaceType }) => InterfaceType);
  };
  await launched(cloud.ec2());
  cloud.pass(60);
  const all = await cloud.ec2().send(new DescribeNetworkInterfacesCommand({}));
  const own = all.NetworkInterfaces?.find(({ Attachment }) => Attachment?.InstanceId)?.Association?.PublicIp ?? "";
  expect(await withAddress("198.51.100.7")).toEqual(["nat_gateway"]);
  expect(await withAddress(own)).toEqual(["interface"]);
  expect(await withAddress("192.0.2.1")).toEqual([]);
});

test("the role of default host management is a setting of the Region", async () => {
  const cloud = await started();
  const read = async () =>
    (await cloud.ssm().send(new GetServiceSettingCommand({ SettingId: SETTING }))).ServiceSetting;
  expect(await read()).toMatchObject({ SettingValue: "$None", Status: "Default" });
  cloud.endpoint.seed({ regions: { "us-east-1": { network: { managementRole: "role" } } } });
  expect(await read()).toMatchObject({ SettingValue: "role", Status: "Customized" });
  const unknown = cloud.ssm().send(new GetServiceSettingCommand({ SettingId: "/ssm/other" }));
  expect(await refused(unknown)).toMatchObject({ name: "ServiceSettingNotFound" });
});
