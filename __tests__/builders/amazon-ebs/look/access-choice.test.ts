import { describe, expect, test } from "@jest/globals";
import {
  type AccessFacts,
  decideAccess,
  interfaceOf,
  listed,
} from "../../../../src/builders/amazon-ebs/look/access-choice.js";

const SUBNET = { id: "subnet-1", givesPublicAddress: true, blockMode: "off", hasInternetRoute: true };
const OTHER = { ...SUBNET, id: "subnet-2" };
const ENDPOINT = {
  id: "eice-1",
  state: "create-complete",
  dnsName: "eice-1.example",
  vpcId: "vpc-1",
  subnetId: "subnet-1",
  groupIds: ["sg-1"],
  keepsClientAddress: false,
};

/** A public subnet in a VPC with an endpoint, and a template with a profile. */
const FACTS: AccessFacts = {
  subnets: [SUBNET],
  asked: undefined,
  callerUnknown: undefined,
  runnerInside: undefined,
  endpoint: ENDPOINT,
  agent: { by: "a profile is set" },
};
const NO_ENDPOINT = "no endpoint exists";

test.each<[string, Partial<AccessFacts>, string, boolean | undefined, string]>([
  [
    "a public subnet",
    {},
    "public_ip",
    undefined,
    "subnet-1 assigns public addresses and has a route to an internet gateway",
  ],
  [
    "several public subnets",
    { subnets: [SUBNET, OTHER] },
    "public_ip",
    undefined,
    "all 2 subnets assign public addresses and have a route to an internet gateway",
  ],
  [
    "a subnet that assigns none, where the template requests one",
    { subnets: [{ ...SUBNET, givesPublicAddress: false }], asked: true },
    "public_ip",
    true,
    '"associate_public_ip_address" is true, and subnet-1 has a route to an internet gateway',
  ],
  [
    "a subnet that assigns none",
    { subnets: [{ ...SUBNET, givesPublicAddress: false }] },
    "instance_connect_endpoint",
    undefined,
    "subnet-1 assigns no public addresses",
  ],
  [
    "one subnet of several that assigns none",
    { subnets: [SUBNET, { ...OTHER, givesPublicAddress: false }] },
    "instance_connect_endpoint",
    undefined,
    "subnet-2 assigns no public addresses",
  ],
  [
    "a template without a public address",
    { asked: false },
    "instance_connect_endpoint",
    false,
    '"associate_public_ip_address" is false',
  ],
  [
    "a subnet without a route to the internet, though the template requests an address",
    { subnets: [{ ...SUBNET, hasInternetRoute: false }], asked: true },
    "instance_connect_endpoint",
    false,
    "subnet-1 has no default route to an internet gateway",
  ],
  [
    "a VPC with blocked public access, though the template requests an address",
    { subnets: [{ ...SUBNET, blockMode: "block-ingress" }], asked: true },
    "instance_connect_endpoint",
    false,
    'VPC Block Public Access ("block-ingress") applies to subnet-1',
  ],
  [
    "an unknown address of the runner; the instance keeps the address that it needs for the internet",
    { callerUnknown: "the runner's public IP address is not known", asked: true },
    "instance_connect_endpoint",
    true,
    "the runner's public IP address is not known",
  ],
  [
    "subnets that cannot be read",
    { subnets: "AWS denied reading the subnets" },
    "instance_connect_endpoint",
    undefined,
    "AWS denied reading the subnets",
  ],
  [
    "a private subnet without an endpoint",
    { subnets: [{ ...SUBNET, hasInternetRoute: false }], endpoint: NO_ENDPOINT },
    "session_manager",
    undefined,
    "subnet-1 has no default route to an internet gateway, and no endpoint exists; a profile is set",
  ],
  [
    "a runner in the VPC, also where a public address works",
    { runnerInside: "the runner is in vpc-1" },
    "private_ip",
    undefined,
    "the runner is in vpc-1",
  ],
])("%s", (_, facts, kind, publicAddress, why) => {
  expect(decideAccess({ ...FACTS, ...facts })).toMatchObject({
    kind,
    publicAddress,
    why,
    endpoint: kind === "instance_connect_endpoint" ? ENDPOINT : undefined,
  });
});

test("no way at all has every reason", () => {
  const facts = { ...FACTS, asked: false, endpoint: NO_ENDPOINT, agent: "no profile is set" };
  expect(decideAccess(facts)).toEqual({
    reasons: ['"associate_public_ip_address" is false', NO_ENDPOINT, "no profile is set"],
  });
});

describe("the interface of a template", () => {
  test.each([
    [undefined, undefined, undefined],
    ["public_dns", undefined, "public_dns"],
    [undefined, true, "private_ip"],
    ["public_ip", true, "private_ip"],
    ["session_manager", true, "session_manager"],
  ] as const)("%s, with ssh_private_ip %s", (kind, isPrivate, expected) => {
    expect(interfaceOf({ ssh_interface: kind, ssh_private_ip: isPrivate })).toBe(expected);
  });
});

test.each([
  [["a"], "a"],
  [["a", "b"], "a, and b"],
  [["a", "b", "c"], "a, b, and c"],
])("%j is listed as %s", (clauses, text) => {
  expect(listed(clauses)).toBe(text);
});
