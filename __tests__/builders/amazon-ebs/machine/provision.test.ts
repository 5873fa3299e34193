import { DescribeRegionsCommand } from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { BakeError } from "../../../../src/core/errors.js";
import { testCloud } from "../../../support/cloud.js";
import { bake } from "../bake.js";

const cloud = testCloud({ scale: 0 });

beforeEach(() => {
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
});

const SPOT = { instance_type: "", spot_price: "auto", spot_instance_types: ["m5.large"] };

/** Injects a fault during provisioning, then fails like a script whose instance is gone. */
const failWith = (fault: object) => async () => {
  cloud.endpoint().faults([{ action: "DescribeRegions", do: "interrupt", ...fault }]);
  await (await cloud.session().ec2()).send(new DescribeRegionsCommand({}));
  throw new BakeError("inline script disconnected unexpectedly", { code: "script-disconnected" });
};

describe("a provisioning error", () => {
  test("includes EC2's reason when the spot instance was interrupted", async () => {
    const { error } = await bake(cloud, { ...SPOT, ami_name: "interrupted" }, { provision: failWith({}) });
    expect(error).toMatchObject({
      code: "spot-interrupted",
      message: expect.stringMatching(
        /^Instance i-\w+ is terminated \(.*Spot instance termination.*\) during provisioning: inline script disc/,
      ),
      hint: expect.stringMatching(
        /^EC2 interrupted the spot instance\. .*"spot_instance_types", or use an on-demand instance\.$/,
      ),
    });
    expect(cloud.endpoint().held()).toEqual({});
  });

  test("is not changed when the instance is still running", async () => {
    const { error } = await bake(cloud, { ami_name: "still there" }, { provision: failWith({}) });
    expect(error).toMatchObject({ code: "script-disconnected" });
    expect(cloud.endpoint().held()).toEqual({});
  });
});

describe("credentials of the environment", () => {
  const HOUR = 3_600_000;
  test.each([
    ["that expire during the bake cause a warning before anything is created", 0.2 * HOUR, /expire in 1[12] minutes/],
    ["that have expired cause a warning", -HOUR, /have expired/],
    ["that expire later cause no warning", 5 * HOUR, undefined],
    ["that do not expire cause no warning", undefined, undefined],
  ])("%s", async (_name, left, expected) => {
    const end = left === undefined ? {} : { AWS_CREDENTIAL_EXPIRATION: new Date(Date.now() + left).toISOString() };
    const { events } = await bake(cloud, { ami_name: "ends soon", skip_create_ami: true }, { env: end });
    const warning = events.findIndex(
      (event) => event.type === "diagnostic" && event.diagnostic.code === "credentials-expire-soon",
    );
    const created = events.findIndex((event) => event.type === "resource" && event.action === "created");
    expect(created).toBeGreaterThan(-1);
    if (expected === undefined) {
      expect(warning).toBe(-1);
    } else {
      expect(events[warning]).toMatchObject({
        diagnostic: {
          severity: "warning",
          summary: expect.stringMatching(expected),
          hint: expect.stringMatching(/role-to-assume/),
        },
      });
      expect(warning).toBeLessThan(created);
    }
  });
});
