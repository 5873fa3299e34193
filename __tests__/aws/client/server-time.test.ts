import { DescribeImagesCommand } from "@aws-sdk/client-ec2";
import { describe, expect, test } from "@jest/globals";
import { createServerTime } from "../../../src/aws/client/server-time.js";
import { testCloud } from "../../support/cloud.js";

const HOUR = 3_600_000;
const cloud = testCloud({ scale: 0, clock: () => Date.now() + 25 * HOUR });

describe("the time of AWS", () => {
  test("is that of this host before the first response", () => {
    expect(Math.abs(cloud.session().serverNow() - Date.now())).toBeLessThan(5000);
  });

  test("is that of the last response, also of one that refuses", async () => {
    for (const fault of [undefined, { do: "error", code: "InvalidAMIID.Malformed", status: 400 } as const]) {
      const session = cloud.session();
      cloud.endpoint().faults(fault ? [fault] : []);
      const call = (await session.ec2()).send(new DescribeImagesCommand({ Owners: ["self"] }));
      await call.catch(() => undefined);
      expect(Math.abs(session.serverNow() - 25 * HOUR - Date.now())).toBeLessThan(5000);
    }
  });

  const SEVEN = "Mon, 30 Nov 2026 07:00:00 GMT";
  const EIGHT = "Mon, 30 Nov 2026 08:00:00 GMT";

  test.each<[string, (string | undefined)[], number]>([
    ["goes on after a response", [SEVEN], Date.parse(SEVEN) + 20],
    ["is corrected by each response", [SEVEN, EIGHT], Date.parse(EIGHT) + 20],
    ["is not changed by a response without a date", [SEVEN, undefined, "soon"], Date.parse(SEVEN) + 60],
  ])("%s", (_, dates, expected) => {
    let elapsed = 0;
    const time = createServerTime(
      () => 0,
      () => elapsed,
    );
    for (const date of dates) {
      time.observe(date);
      elapsed += 20;
    }
    expect(time.now()).toBe(expected);
  });
});
