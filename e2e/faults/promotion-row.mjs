/** One row: a fault at one call of a promotion or a rollback in two regions, then a rerun or a rollback, with checks after each. */
import {
  CreateLaunchTemplateCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DescribeLaunchTemplateVersionsCommand,
  EC2Client,
  RegisterImageCommand,
  waitUntilImageAvailable,
  waitUntilSnapshotCompleted,
  waitUntilVolumeAvailable,
} from "@aws-sdk/client-ec2";
import { GetParameterCommand, LabelParameterVersionCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { openStep } from "../harness/runner.mjs";

export const REGIONS = ["us-east-1", "eu-west-1"];

/** Options of the SDK's waiters, in seconds. */
const WAIT = { maxWaitTime: 30, minDelay: 1, maxDelay: 2 };

/**
 * The moves. `earlier`: the images of the parameter's versions, oldest first. `labels`: the image of each label. `from`, `to`: the image
 * that the parameter (or label) and the launch template name before and after the move.
 */
export const MOVES = {
  "a parameter": { earlier: ["first", "old"], from: "old", to: "new" },
  "a new parameter": { earlier: [], from: undefined, to: "new" },
  "a label": {
    earlier: ["first", "old", "new"],
    labels: { live: "old", "live-previous": "first" },
    from: "old",
    to: "new",
  },
  "a parameter, back": { earlier: ["first", "old", "new"], from: "new", to: "old", isRollback: true },
  "a label, back": {
    earlier: ["old", "new"],
    labels: { live: "new", "live-previous": "old" },
    from: "new",
    to: "old",
    isRollback: true,
  },
};

/** The kinds of fault at a call of a promotion. */
export const KINDS = {
  "killed before": (at, pid) => [{ ...at, when: "before", do: "kill", pid }],
  "killed after": (at, pid) => [{ ...at, when: "after", do: "kill", pid }],
  SIGINT: (at, pid) => [{ ...at, when: "after", do: "int", pid }],
  "response lost": (at) => [{ ...at, when: "after", do: "hangup" }],
  denied: ({ seq }) =>
    Array.from({ length: 4 }, (_, index) => ({
      seq: seq + index,
      do: "error",
      code: "AccessDeniedException",
      status: 400,
    })),
};

function client(Kind, cloud, region) {
  return new Kind({
    region,
    endpoint: cloud.url,
    credentials: { accessKeyId: "observer", secretAccessKey: "observer" },
  });
}

/** Makes the images `first`, `old` and `new` in each region; returns their ids by name and region. */
export async function makeImages(cloud) {
  const names = ["first", "old", "new"];
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await makeImage(cloud, name)])));
}

async function makeImage(cloud, Name) {
  const made = REGIONS.map(async (region) => {
    const ec2 = client(EC2Client, cloud, region);
    const { VolumeId } = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: `${region}a`, Size: 1 }));
    // As in EC2, a new volume is not visible at once.
    await waitUntilVolumeAvailable({ client: ec2, ...WAIT }, { VolumeIds: [VolumeId] });
    const { SnapshotId } = await ec2.send(new CreateSnapshotCommand({ VolumeId }));
    await waitUntilSnapshotCompleted({ client: ec2, ...WAIT }, { SnapshotIds: [SnapshotId] });
    const BlockDeviceMappings = [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId } }];
    const image = { Name, Architecture: "x86_64", RootDeviceName: "/dev/sda1", BlockDeviceMappings };
    const { ImageId } = await ec2.send(new RegisterImageCommand(image));
    await waitUntilImageAvailable({ client: ec2, ...WAIT }, { ImageIds: [ImageId] });
    return [region, ImageId];
  });
  return Object.fromEntries(await Promise.all(made));
}

async function makeTemplates(cloud, LaunchTemplateName, images) {
  for (const region of REGIONS) {
    const LaunchTemplateData = { ImageId: images[region], InstanceType: "t3.micro" };
    await client(EC2Client, cloud, region).send(
      new CreateLaunchTemplateCommand({ LaunchTemplateName, LaunchTemplateData }),
    );
  }
}

/** Returns the name of the image whose id `read` finds in each region; undefined where it finds none. */
async function imageNames(images, read) {
  const ids = await Promise.all(REGIONS.map(read));
  return ids.map((id, index) => Object.keys(images).find((name) => images[name][REGIONS[index]] === id) ?? id);
}

const parameterImages = (cloud, images, Name) =>
  imageNames(images, async (region) => {
    const response = client(SSMClient, cloud, region).send(new GetParameterCommand({ Name }));
    const absent = (error) => {
      if (!/^Parameter(Version)?NotFound$/.test(error.name)) throw error;
    };
    return (await response.catch(absent))?.Parameter?.Value;
  });

const launchTemplateImages = (cloud, images, LaunchTemplateName) =>
  imageNames(images, async (region) => {
    const input = { LaunchTemplateName, Versions: ["$Default"] };
    const response = await client(EC2Client, cloud, region).send(new DescribeLaunchTemplateVersionsCommand(input));
    return response.LaunchTemplateVersions?.[0]?.LaunchTemplateData?.ImageId;
  });

/** Runs the action once. `onStart` receives the process before it runs. */
async function run(cloud, inputs, runId, onStart) {
  const step = openStep(cloud, inputs, { runId });
  const ran = await step.promote(onStart);
  step.close();
  return ran;
}

/** Makes the launch template, the parameter versions and the labels that exist before the move. */
async function prepare(cloud, images, { earlier, labels = {}, from = "first" }, row) {
  await makeTemplates(cloud, row, images[from]);
  for (const region of REGIONS) {
    const ssm = client(SSMClient, cloud, region);
    const Name = `/${row}`;
    for (const name of earlier) {
      await ssm.send(new PutParameterCommand({ Name, Value: images[name][region], Type: "String", Overwrite: true }));
    }
    for (const [label, name] of Object.entries(labels)) {
      const ParameterVersion = earlier.indexOf(name) + 1;
      await ssm.send(new LabelParameterVersionCommand({ Name, ParameterVersion, Labels: [label] }));
    }
  }
}

function inputsOf(images, { labels, to, isRollback }, row) {
  return {
    parameter: `/${row}`,
    "launch-template": row,
    ...(labels ? { label: "live" } : {}),
    ...(isRollback ? { rollback: "true", regions: REGIONS.join() } : { artifact: JSON.stringify(images[to]) }),
  };
}

/** Makes a move without faults; returns its calls. Throws when the move fails. */
export async function moveWithoutFaults(cloud, images, move, row) {
  await prepare(cloud, images, move, row);
  await cloud.forget();
  const { code, log } = await run(cloud, inputsOf(images, move, row), row);
  if (code !== 0) throw new Error(`a move without faults failed:\n${log}`);
  return cloud.calls();
}

/** Runs a row; returns the problems found, the call that the fault hit, and the logs. */
export async function runRow(cloud, images, move, { kind, at, row }) {
  await prepare(cloud, images, move, row);
  await cloud.forget();
  const inputs = inputsOf(images, move, row);
  const main = await run(cloud, inputs, row, (child) => cloud.faults(KINDS[kind](at, child.pid)));
  const faultedCall = (await cloud.calls()).find(({ seq }) => seq === at.seq);
  await cloud.forget();
  const readImages = async () => [
    await parameterImages(cloud, images, move.labels ? `/${row}:live` : `/${row}`),
    await launchTemplateImages(cloud, images, row),
  ];
  const before = [REGIONS.map(() => move.from), REGIONS.map(() => move.from ?? "first")];
  const after = [REGIONS.map(() => move.to), REGIONS.map(() => move.to)];
  const current = await readImages();
  const problems = unexpectedImages(current, before, after).map((each) => `after the fault: ${each}`);
  if (main.code === 0 && !same(current, after)) problems.push(`succeeded, but ${text(current)}`);
  // An action that fails without being killed restores what it moved, or reports that it could not.
  const isAlive = main.code !== 0 && main.signal === null;
  if (isAlive && !same(current, before) && !/Could not restore/.test(main.log))
    problems.push(`failed, but ${text(current)}`);
  const isMoved = current[0].includes(move.to) && main.code !== 0;
  const rollsBack = at.seq % 2 === 0 && isMoved && move.from !== undefined && !move.isRollback;
  const completion = rollsBack ? { ...inputsOf(images, { ...move, isRollback: true }, row) } : inputs;
  const again = await run(cloud, completion, rollsBack ? `${row}-back` : row);
  const what = rollsBack ? "a rollback" : "a rerun";
  if (again.code !== 0) problems.push(`${what} ended with ${again.code ?? again.signal}`);
  const end = await readImages();
  const expected = rollsBack ? before : after;
  if (!same(end, expected)) problems.push(`after ${what}: ${text(end)} instead of ${text(expected)}`);
  return { faultedCall, problems, logs: [main.log, again.log] };
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const text = ([pointer, template]) => `${pointer.map(String).join(", ")}; launch template ${template.join(", ")}`;

/** Returns a problem for each region that names neither the old nor the new image. */
function unexpectedImages(current, before, after) {
  return current.flatMap((row, pointer) =>
    row.flatMap((name, index) =>
      [before[pointer][index], after[pointer][index]].includes(name) ? [] : [`${REGIONS[index]} names ${name}`],
    ),
  );
}
