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

/** Lets a fault strike the next call while the machine is provisioned, whose script then ends for want of a machine. */
const strikes = (fault: object) => async () => {
  cloud.endpoint().faults([{ action: "DescribeRegions", do: "interrupt", ...fault }]);
  await (await cloud.session().ec2()).send(new DescribeRegionsCommand({}));
  throw new BakeError("inline script disconnected unexpectedly", { code: "script-disconnected" });
};

describe("an instance that goes while it is provisioned", () => {
  test("is told with EC2's reason when the spot instance was taken back", async () => {
    const { error } = await bake(cloud, { ...SPOT, ami_name: "taken back" }, { provision: strikes({}) });
    expect(error).toMatchObject({
      code: "spot-interrupted",
      message: expect.stringMatching(
        /^the instance i-\w+ is terminated \(.*Spot instance termination.*\) while it is provisioned: inline script disc/,
      ),
      hint: expect.stringMatching(/spot_instance_types|on demand/),
    });
    expect(cloud.endpoint().held()).toEqual({});
  });

  test("is left as it is told where the instance is still there", async () => {
    const { error } = await bake(cloud, { ami_name: "still there" }, { provision: strikes({}) });
    expect(error).toMatchObject({ code: "script-disconnected" });
    expect(cloud.endpoint().held()).toEqual({});
  });
});

describe("keys of the environment", () => {
  const HOUR = 3_600_000;
  test.each([
    ["that end within the bake are warned of before anything is created", 0.2 * HOUR, /expire in 1[12] minutes/],
    ["that have ended are told so", -HOUR, /have expired/],
    ["that last are not", 5 * HOUR, undefined],
    ["that do not end are not", undefined, undefined],
  ])("%s", async (_name, left, told) => {
    const end = left === undefined ? {} : { AWS_CREDENTIAL_EXPIRATION: new Date(Date.now() + left).toISOString() };
    const { events } = await bake(cloud, { ami_name: "ends soon", skip_create_ami: true }, { env: end });
    const warning = events.findIndex(
      (event) => event.type === "diagnostic" && event.diagnostic.code === "credentials-expire-soon",
    );
    const created = events.findIndex((event) => event.type === "resource" && event.action === "created");
    expect(created).toBeGreaterThan(-1);
    if (told === undefined) {
      expect(warning).toBe(-1);
    } else {
      expect(events[warning]).toMatchObject({
        diagnostic: {
          severity: "warning",
          summary: expect.stringMatching(told),
          hint: expect.stringMatching(/role-to-assume/),
        },
      });
      expect(warning).toBeLessThan(created);
    }
  });
});
