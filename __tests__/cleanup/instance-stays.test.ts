import { CreateSecurityGroupCommand, RunInstancesCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { expect, test } from "@jest/globals";
import { releaseEntries } from "../../src/cleanup/release.js";
import { narrator } from "../../src/core/events.js";
import { openLedger } from "../../src/core/ledger.js";
import { testCloud } from "../support/cloud.js";

const cloud = testCloud({ scale: 0 });

test("does not wait for a group when its instance could not be removed", async () => {
  const ec2 = await cloud.session().ec2();
  const group = await ec2.send(new CreateSecurityGroupCommand({ GroupName: "held", Description: "held" }));
  const launched = await ec2.send(
    new RunInstancesCommand({
      ImageId: "resolve:ssm:/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id",
      InstanceType: "t3.micro",
      MinCount: 1,
      MaxCount: 1,
      SecurityGroupIds: [group.GroupId ?? ""],
    }),
  );
  const id = launched.Instances?.[0]?.InstanceId ?? "";
  const ledger = openLedger({ append: () => undefined }, Date.now);
  const account = { region: "us-east-1" };
  ledger.intend({ key: "machine", kind: "instance", build: "web", account });
  ledger.made("machine", id);
  ledger.intend({ key: "group", kind: "security-group", build: "web", account });
  ledger.made("group", group.GroupId ?? "");
  cloud
    .endpoint()
    .faults([{ action: "TerminateInstances", do: "error", code: "UnauthorizedOperation", message: "no", status: 403 }]);
  const left = await releaseEntries(ledger.entries(), {
    ledger,
    narrator: narrator([], Date.now),
    now: Date.now,
    signal: new AbortController().signal,
    env: {},
    openSession: () => cloud.session(),
  });
  expect(left).toMatchObject([
    { kind: "instance", id, why: expect.stringMatching(/ec2:TerminateInstances/) },
    { kind: "security-group", id: group.GroupId },
  ]);
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
});
