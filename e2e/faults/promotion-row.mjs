/** One row: a fault at one call of a promotion or a rollback in two regions; what must hold then, and after a rerun or a rollback. */
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

/** Of waits, in seconds. */
const PATIENCE = { maxWaitTime: 30, minDelay: 1, maxDelay: 2 };

/**
 * What is moved. `earlier`: images that the parameter has named, one a version; `labels`: what the labels name; `from`, `to`: what the
 * pointer and the launch template name before, and are to name.
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

/** What can happen at a call of it. */
export const KINDS = {
  "killed before": (at, pid) => [{ ...at, when: "before", do: "kill", pid }],
  "killed after": (at, pid) => [{ ...at, when: "after", do: "kill", pid }],
  SIGINT: (at, pid) => [{ ...at, when: "after", do: "int", pid }],
  "answer lost": (at) => [{ ...at, when: "after", do: "hangup" }],
  denied: ({ seq }) =>
    Array.from({ length: 4 }, (_, index) => ({
      seq: seq + index,
      do: "error",
      code: "AccessDeniedException",
      status: 400,
    })),
};

function client(Kind, cloud, region) {
  return new Kind({ region, endpoint: cloud.url, credentials: { accessKeyId: "look", secretAccessKey: "look" } });
}

/** The images `first`, `old` and `new`, each by region. */
export async function makeImages(cloud) {
  const names = ["first", "old", "new"];
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await makeImage(cloud, name)])));
}

async function makeImage(cloud, Name) {
  const made = REGIONS.map(async (region) => {
    const ec2 = client(EC2Client, cloud, region);
    const { VolumeId } = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: `${region}a`, Size: 1 }));
    // As in EC2, a new volume is not known everywhere at once.
    await waitUntilVolumeAvailable({ client: ec2, ...PATIENCE }, { VolumeIds: [VolumeId] });
    const { SnapshotId } = await ec2.send(new CreateSnapshotCommand({ VolumeId }));
    await waitUntilSnapshotCompleted({ client: ec2, ...PATIENCE }, { SnapshotIds: [SnapshotId] });
    const BlockDeviceMappings = [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId } }];
    const image = { Name, Architecture: "x86_64", RootDeviceName: "/dev/sda1", BlockDeviceMappings };
    const { ImageId } = await ec2.send(new RegisterImageCommand(image));
    await waitUntilImageAvailable({ client: ec2, ...PATIENCE }, { ImageIds: [ImageId] });
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

/** Which of the images `pointer` names in each region, by name; undefined where it is not. */
async function named(images, ask) {
  const ids = await Promise.all(REGIONS.map(ask));
  return ids.map((id, index) => Object.keys(images).find((name) => images[name][REGIONS[index]] === id) ?? id);
}

const pointed = (cloud, images, Name) =>
  named(images, async (region) => {
    const answer = client(SSMClient, cloud, region).send(new GetParameterCommand({ Name }));
    const absent = (error) => {
      if (!/^Parameter(Version)?NotFound$/.test(error.name)) throw error;
    };
    return (await answer.catch(absent))?.Parameter?.Value;
  });

const launched = (cloud, images, LaunchTemplateName) =>
  named(images, async (region) => {
    const input = { LaunchTemplateName, Versions: ["$Default"] };
    const answer = await client(EC2Client, cloud, region).send(new DescribeLaunchTemplateVersionsCommand(input));
    return answer.LaunchTemplateVersions?.[0]?.LaunchTemplateData?.ImageId;
  });

/** Runs the action once; `onStart` is given the process before it begins. */
async function run(cloud, inputs, runId, onStart) {
  const step = openStep(cloud, inputs, { runId });
  const ran = await step.promote(onStart);
  step.close();
  return ran;
}

/** What stands before the move. */
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

/** The calls of a move that nothing happens to. */
export async function calmMove(cloud, images, move, row) {
  await prepare(cloud, images, move, row);
  await cloud.forget();
  const { code, log } = await run(cloud, inputsOf(images, move, row), row);
  if (code !== 0) throw new Error(`a move without any fault failed:\n${log}`);
  return cloud.calls();
}

/** Plays a row; answers what was wrong, in words, and which call was struck. */
export async function playRow(cloud, images, move, { kind, at, row }) {
  await prepare(cloud, images, move, row);
  await cloud.forget();
  const inputs = inputsOf(images, move, row);
  const main = await run(cloud, inputs, row, (child) => cloud.faults(KINDS[kind](at, child.pid)));
  const struck = (await cloud.calls()).find(({ seq }) => seq === at.seq);
  await cloud.forget();
  const look = async () => [
    await pointed(cloud, images, move.labels ? `/${row}:live` : `/${row}`),
    await launched(cloud, images, row),
  ];
  const before = [REGIONS.map(() => move.from), REGIONS.map(() => move.from ?? "first")];
  const after = [REGIONS.map(() => move.to), REGIONS.map(() => move.to)];
  const seen = await look();
  const problems = wrong(seen, before, after).map((each) => `after the fault: ${each}`);
  if (main.code === 0 && !same(seen, after)) problems.push(`succeeded, but ${text(seen)}`);
  // Whoever was not killed has put back what it moved, or says that it could not.
  const isAlive = main.code !== 0 && main.signal === null;
  if (isAlive && !same(seen, before) && !/could not be put back/.test(main.log))
    problems.push(`failed, but ${text(seen)}`);
  const isMoved = seen[0].includes(move.to) && main.code !== 0;
  const goesBack = at.seq % 2 === 0 && isMoved && move.from !== undefined && !move.isRollback;
  const ending = goesBack ? { ...inputsOf(images, { ...move, isRollback: true }, row) } : inputs;
  const again = await run(cloud, ending, goesBack ? `${row}-back` : row);
  const what = goesBack ? "a rollback" : "a rerun";
  if (again.code !== 0) problems.push(`${what} ended with ${again.code ?? again.signal}`);
  const end = await look();
  const wanted = goesBack ? before : after;
  if (!same(end, wanted)) problems.push(`after ${what}: ${text(end)} instead of ${text(wanted)}`);
  return { struck, problems, logs: [main.log, again.log] };
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const text = ([pointer, template]) => `${pointer.map(String).join(", ")}; launch template ${template.join(", ")}`;

/** Every region is at the old image or the new one. */
function wrong(seen, before, after) {
  return seen.flatMap((row, pointer) =>
    row.flatMap((name, index) =>
      [before[pointer][index], after[pointer][index]].includes(name) ? [] : [`${REGIONS[index]} names ${name}`],
    ),
  );
}
