import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Json } from "../../../../src/options/collections.js";
import { startPasswordServer } from "../../../ssh/password-server.js";
import { testCloud } from "../../../support/cloud.js";
import { bake } from "../bake.js";
import { sandboxesAt } from "./sandboxes-at.js";

/** The port of an endpoint's tunnel is 22, so the SSH server of this test is behind port 22 of an address of its own. */
const ADDRESS = "127.91.0.1";
/** Only root may listen on port 22, and only Linux has all addresses of 127.0.0.0/8. */
const possible =
  (process.platform === "linux" && process.getuid?.() === 0) || process.env.BAKE_AMI_REQUIRE_TOOLS === "1";

const cloud = testCloud({ scale: 0, sandboxes: sandboxesAt(ADDRESS) });
let server: Awaited<ReturnType<typeof startPasswordServer>> | undefined;

beforeAll(async () => {
  if (possible) server = await startPasswordServer("secret", ["password"], { host: ADDRESS, port: 22 });
});
afterAll(() => server?.stop());
afterEach(() => cloud.endpoint().forget());

const through = (): Readonly<Record<string, Json>> => ({
  ami_name: `endpoint-${Math.random()}`,
  communicator: "ssh",
  ssh_interface: "instance_connect_endpoint",
  ssh_username: "ubuntu",
  ssh_password: "secret",
  ssh_timeout: "30s",
});
(possible ? describe : describe.skip)("a bake through an EC2 Instance Connect Endpoint", () => {
  test("runs commands on the instance, and admits only the endpoint's security groups", async () => {
    const output: string[] = [];
    const { error, events } = await bake(cloud, through(), {
      provision: async ({ communicator }) => {
        await communicator.exec("how", { onOutput: (chunk) => output.push(Buffer.from(chunk).toString()) });
      },
      callerAddress: () => Promise.reject(new Error("nobody asks for it")),
    });
    expect(error).toBeUndefined();
    expect(output.join("")).toBe("password");
    const rules = cloud
      .endpoint()
      .calls()
      .filter(({ action }) => action === "AuthorizeSecurityGroupIngress");
    expect(rules).toHaveLength(1);
    expect(JSON.stringify(rules[0]?.params)).toMatch(/"GroupId":"sg-\w+"/);
    expect(JSON.stringify(rules[0]?.params)).not.toMatch(/CidrIp/);
    expect(JSON.stringify(events)).toMatch(/The tunnel lasts an hour/);
  });

  test("ends before anything is created when there is no endpoint", async () => {
    const { error, records } = await bake(cloud, {
      ...through(),
      instance_connect_endpoint_id: "eice-0123456789abcdef0",
    });
    expect(error).toMatchObject({
      code: "no-connect-endpoint",
      message: 'EC2 Instance Connect Endpoint "eice-0123456789abcdef0" does not exist',
      range: { file: "instance_connect_endpoint_id" },
    });
    expect(records).toEqual([]);
  });
});
