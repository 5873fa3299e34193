import { afterEach, expect, test } from "@jest/globals";
import { describeOwnImages } from "../../../src/aws/image.js";
import { testCloud } from "../../support/cloud.js";

const cloud = testCloud();

afterEach(() => {
  cloud.endpoint().forget();
  cloud.endpoint().policy({ policy: null });
});

const encoded = (message: object) => Buffer.from(JSON.stringify({ allowed: false, ...message })).toString("base64url");

/** Makes a call that is denied with the message that EC2 had until 2023, and returns the error and the calls of STS. */
async function deniedWith(message: string) {
  const refusal = { code: "UnauthorizedOperation", status: 403, message };
  cloud.endpoint().faults([{ action: "DescribeImages", do: "error", ...refusal }]);
  const error: unknown = await describeOwnImages(cloud.scope(), []).catch((thrown: unknown) => thrown);
  const decodings = cloud
    .endpoint()
    .calls()
    .filter(({ action }) => action === "DecodeAuthorizationMessage");
  return { text: error instanceof Error ? error.message : "", decodings: decodings.length };
}

const OLD = "You are not authorized to perform this operation.";
const RESOURCE = "arn:aws:ec2:us-east-1:123456789012:instance/*";

test.each<[string, object, string]>([
  ["an action", { context: { action: "ec2:RunInstances", resource: RESOURCE } }, "ec2:RunInstances"],
  ["an action without its service", { context: { action: "RunInstances", resource: RESOURCE } }, "ec2:RunInstances"],
  ["an action of another service", { context: { action: "iam:PassRole", resource: RESOURCE } }, "iam:PassRole"],
])("a denial that only has an encoded message is decoded, with %s", async (_what, message, action) => {
  const { text, decodings } = await deniedWith(`${OLD} Encoded authorization failure message: ${encoded(message)}`);
  expect(text).toContain(`AWS denied ${action} in us-east-1`);
  expect(text).toContain(`on resource: ${RESOURCE}`);
  expect(decodings).toBe(1);
});

test("a denial that names the action is not decoded", async () => {
  const named = `${OLD} User: x is not authorized to perform: ec2:DescribeImages on resource: ${RESOURCE}`;
  const { text, decodings } = await deniedWith(`${named}. Encoded authorization failure message: ${encoded({})}`);
  expect(text).toContain("AWS denied ec2:DescribeImages in us-east-1");
  expect(decodings).toBe(0);
});

test.each<[string, boolean, string]>([
  ["may not be decoded", true, encoded({ context: { action: "ec2:RunInstances" } })],
  ["cannot be decoded", false, "x"],
  ["has no action", false, encoded({})],
])("a denial whose message %s names the call", async (_what, isLimited, message) => {
  const policy = { Statement: { Effect: "Allow", Action: "ec2:*", Resource: "*" } };
  if (isLimited) cloud.endpoint().policy({ policy });
  const { text } = await deniedWith(`${OLD} Encoded authorization failure message: ${message}`);
  expect(text).toContain("AWS denied ec2:DescribeImages in us-east-1");
});
