import { DescribeRegionsCommand } from "@aws-sdk/client-ec2";
import { describe, expect, test } from "@jest/globals";
import { openSession } from "../../../src/aws/client/open-session.js";
import { ambientAccess } from "../../../src/aws/client/options.js";
import { partContext } from "../../support/context.js";
import { proxiedServer } from "../../support/https-proxy.js";

const ANSWER =
  "<DescribeRegionsResponse><regionInfo><item><regionName>mars-1</regionName></item></regionInfo></DescribeRegionsResponse>";
const server = proxiedServer((_, response) => response.writeHead(200, { "content-type": "text/xml" }).end(ANSWER));

/** Asks EC2 for its regions with these variables in addition to the keys. */
async function regions(env: Readonly<Record<string, string>>): Promise<readonly (string | undefined)[]> {
  const { surroundings, signal } = partContext("/");
  const keys = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
  const access = { ...ambientAccess, region: "us-east-1", max_retries: 1 };
  const session = await openSession(access, { ...surroundings, env: { ...keys, ...env } });
  try {
    const response = await (await session.ec2()).send(new DescribeRegionsCommand({}), signal);
    return (response.Regions ?? []).map(({ RegionName }) => RegionName);
  } finally {
    session.close();
  }
}

const endpoint = () => ({ AWS_ENDPOINT_URL: `https://localhost:${server.port()}` });
const trusted = () => ({ AWS_CA_BUNDLE: server.certificate() });
const proxy = () => ({ HTTPS_PROXY: `http://127.0.0.1:${server.proxyPort()}` });

describe("the standard AWS environment", () => {
  test("AWS_CA_BUNDLE sets the trusted certificate authorities", async () => {
    expect(await regions({ ...endpoint(), ...trusted() })).toEqual(["mars-1"]);
    await expect(regions(endpoint())).rejects.toThrow(/self-signed certificate/);
    await expect(regions({ ...endpoint(), AWS_CA_BUNDLE: "/none.pem" })).rejects.toThrow(
      /Could not read the file in AWS_CA_BUNDLE: .*\/none\.pem/,
    );
  });

  test.each([
    ["HTTPS_PROXY is the way out", {}, 1],
    ["NO_PROXY exempts from it", { NO_PROXY: "localhost" }, 0],
  ])("%s", async (_, more, tunnels) => {
    expect(await regions({ ...endpoint(), ...trusted(), ...proxy(), ...more })).toEqual(["mars-1"]);
    expect(server.tunnels).toHaveLength(tunnels);
  });
});
