import { request } from "node:http";
import {
  CreateKeyPairCommand,
  CreateSecurityGroupCommand,
  DescribeKeyPairsCommand,
  EC2Client,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { describe, expect, test } from "@jest/globals";
import { startEndpoint } from "../../../src/local/endpoint/server.js";
import { refused, started } from "./started.js";

function signed(service: string, region = "us-east-1"): Record<string, string> {
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
  };
}

async function post(url: string, service: string, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { method: "POST", body, headers: { ...signed(service), ...headers } });
  return { status: response.status, text: await response.text(), type: response.headers.get("content-type") };
}

describe("the endpoint", () => {
  test("reports a port in use", async () => {
    const cloud = await started();
    const port = Number(new URL(cloud.endpoint.url).port);
    await expect(startEndpoint({ port })).rejects.toMatchObject({
      name: "EndpointError",
      message: `Port ${port} of 127.0.0.1 is in use.`,
    });
  });

  test.each([{ origin: "https://example.com" }, { "sec-fetch-site": "cross-site" }])(
    "refuses requests of web pages: %j",
    async (headers) => {
      const cloud = await started();
      const { port } = new URL(cloud.endpoint.url);
      const status = await new Promise((resolve, reject) => {
        const call = request({ port, host: "127.0.0.1", path: "/_local/faults", method: "POST", headers });
        call.on("response", (reply) => resolve(reply.resume().statusCode)).on("error", reject);
        call.end('[{"do":"kill"}]');
      });
      expect(status).toBe(403);
    },
  );

  test.each([
    ["ec2", "Action=DescribeEverything", {}, 400, "<Code>InvalidAction</Code>"],
    ["ec2", "Action=toString", {}, 400, "<Code>InvalidAction</Code>"],
    ["iam", "Action=ListUsers", {}, 400, "<Code>InvalidAction</Code>"],
    [
      "ssm",
      "{}",
      { "x-amz-target": "AmazonSSM.StartAutomationExecution" },
      400,
      '"__type":"UnknownOperationException"',
    ],
    ["ssm", "{", { "x-amz-target": "AmazonSSM.GetParameter" }, 400, "SerializationException"],
    ["s3", "", {}, 400, "has no service 's3'"],
    ["ec2", "Action=RunInstances", {}, 400, "must contain the parameter MinCount"],
    ["ec2", "Action=RunInstances&MinCount=x", {}, 400, "InvalidParameterValue"],
  ])("refuses %s %s", async (service, body, headers, status, found) => {
    const cloud = await started();
    const response = await post(cloud.endpoint.url, service, body, headers as Record<string, string>);
    expect(response.status).toBe(status);
    expect(response.text).toContain(found);
  });

  test("accepts a query in the URL", async () => {
    const cloud = await started();
    const response = await fetch(`${cloud.endpoint.url}/?Action=DescribeRegions&Version=2016-11-15`, {
      headers: signed("ec2"),
    });
    expect(await response.text()).toContain("<regionName>us-east-1</regionName>");
  });

  test("keeps regions apart", async () => {
    const cloud = await started({ scale: 0 });
    await cloud.ec2().send(new CreateKeyPairCommand({ KeyName: "k", KeyType: "ed25519" }));
    expect((await cloud.ec2("eu-west-1").send(new DescribeKeyPairsCommand({}))).KeyPairs).toEqual([]);
  });

  test("ends with connections open", async () => {
    const endpoint = await startEndpoint();
    const ec2 = new EC2Client({
      endpoint: endpoint.url,
      region: "us-east-1",
      maxAttempts: 1,
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
    });
    await ec2.send(new DescribeKeyPairsCommand({}));
    await endpoint.close();
    expect((await refused(ec2.send(new DescribeKeyPairsCommand({})))).message).toMatch(
      /ECONNREFUSED|ECONNRESET|hang up/,
    );
    ec2.destroy();
  });
});

describe("control over HTTP", () => {
  const control = async (url: string, verb: string, body?: unknown) => {
    const response = await fetch(
      `${url}/_local/${verb}`,
      body === undefined ? {} : { method: "POST", body: JSON.stringify(body) },
    );
    return { status: response.status, body: (await response.json()) as unknown };
  };

  test("calls, held, baseline and forget", async () => {
    const cloud = await started({ scale: 0 });
    const { url } = cloud.endpoint;
    const group = (GroupName: string) =>
      cloud.ec2().send(new CreateSecurityGroupCommand({ GroupName, Description: "d" }));
    await group("one");
    await control(url, "baseline", {});
    const { GroupId } = await group("two");
    expect((await control(url, "held")).body).toEqual({ security_groups: [`us-east-1/${GroupId}:two`] });
    expect((await control(url, "calls")).body).toMatchObject([
      {
        seq: 1,
        nth: 1,
        action: "CreateSecurityGroup",
        region: "us-east-1",
        service: "ec2",
        status: 200,
        params: { GroupName: "one" },
      },
      { seq: 2, nth: 2, status: 200 },
    ]);
    await control(url, "forget", {});
    expect((await control(url, "calls")).body).toEqual([]);
  });

  test("pass moves the clock of the cloud forward, and the Date of its responses with it", async () => {
    const cloud = await started({ scale: 0 });
    const { url } = cloud.endpoint;
    const date = async () => Date.parse((await fetch(url, { method: "POST" })).headers.get("date") ?? "");
    const before = await date();
    await control(url, "pass", { seconds: 7200 });
    expect(await date()).toBe(before + 7_200_000);
  });

  test("faults, throttle and seed", async () => {
    const cloud = await started({ scale: 0 });
    const { url } = cloud.endpoint;
    const list = () => cloud.ec2().send(new DescribeKeyPairsCommand({}));
    await control(url, "faults", [{ do: "error", code: "Unavailable", status: 503 }]);
    expect((await refused(list())).name).toBe("Unavailable");
    await list();
    await control(url, "throttle", { rate: 0, burst: 1 });
    await list();
    expect((await refused(list())).name).toBe("RequestLimitExceeded");
    await control(url, "throttle", null);
    await control(url, "seed", {
      regions: {
        "us-east-1": {
          images: [
            {
              id: "ami-0123456789abcdef0",
              name: "golden",
              owner: "111122223333",
              architecture: "x86_64",
              rootDeviceName: "/dev/xvda",
              createdAt: 0,
              volumeType: "gp2",
              volumeSize: 8,
              description: "",
            },
          ],
        },
      },
    });
    const run = new RunInstancesCommand({
      ImageId: "ami-0123456789abcdef0",
      MinCount: 1,
      MaxCount: 1,
      InstanceType: "t3.micro",
    });
    expect((await cloud.ec2().send(run)).Instances).toHaveLength(1);
  });

  test.each([
    ["none", undefined, 404, "There is no control call /_local/none"],
    ["faults", { do: "error" }, 400, "faults are a JSON list"],
    ["throttle", { rate: "fast" }, 400, "a throttle is"],
    ["seed", [], 400, "a seed is"],
    ["pass", { seconds: -1 }, 400, "must be a number of at least 0"],
    ["pass", 5, 400, "must be a number of at least 0"],
  ])("refuses %s %j", async (verb, body, status, message) => {
    const cloud = await started();
    const response = await control(cloud.endpoint.url, verb, body);
    expect(response.status).toBe(status);
    expect(JSON.stringify(response.body)).toContain(message);
  });
});
