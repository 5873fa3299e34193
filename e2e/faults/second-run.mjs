/** One row: a second run of the same template starts at one call of the first, and maybe one of the two is cancelled. */
import { setTimeout as sleep } from "node:timers/promises";
import { describeAccount, leftovers } from "../harness/account.mjs";
import { SECOND_RUNS } from "./kinds.mjs";
import { openBake, REGIONS } from "./row.mjs";

/** Interval between two reads of the cloud's calls, in milliseconds. */
const READ_AGAIN = 20;

/** How many calls after the start of the second run the cancelled run gets its signal: spread over a bake by the number of the row. */
const cancelledAfter = (seq) => 1 + ((seq * 7) % 60);

/** Runs a row; returns the problems found, the call at which the second run started, and the logs. */
export async function runSecondRow(cloud, template, { kind, at, row }) {
  const { skip, cancels } = SECOND_RUNS[kind];
  const inputs = { "skip-unchanged": String(skip) };
  await cloud.baseline();
  await cloud.forget();
  const children = [];
  const start = (index) => {
    const step = openBake(cloud, template, row, `${row}-${index}`, inputs);
    const bake = async () => {
      const main = await step.main((child) => {
        children[index] = child;
      });
      // The post step follows at once, as on a runner.
      const post = await step.post();
      step.close();
      return { main, post };
    };
    return bake();
  };
  const first = start(0);
  const faultedCall = await callAt(cloud, at.seq, first);
  if (faultedCall === undefined) return { problems: [], logs: [(await first).main.log] };
  // The first run waits until the second one makes its first call, so that the row does not depend on how fast a process starts.
  children[0].kill("SIGSTOP");
  const second = start(1);
  const begun = (await cloud.calls()).length;
  await callAt(cloud, begun + 1, second);
  children[0].kill("SIGCONT");
  if (cancels !== undefined) {
    await callAt(cloud, begun + cancelledAfter(at.seq), Promise.all([first, second]));
    children[cancels].kill("SIGINT");
  }
  const runs = await Promise.all([first, second]);
  const calls = await cloud.calls();
  const cancelled = cancels !== undefined && runs[cancels].main.code !== 0;
  const logs = runs.flatMap(({ main, post }) => [main.log, post.log]);
  const problems = runs.flatMap(({ main, post }, index) => [
    ...(main.code === 0 || (cancelled && index === cancels)
      ? []
      : [`run ${index + 1} ended with ${main.code ?? main.signal}`]),
    ...(post.code === 0 ? [] : [`post of run ${index + 1} ended with ${post.code ?? post.signal}`]),
  ]);
  const account = await describeAccount(cloud, REGIONS, row);
  problems.push(...leftovers(account), ...leases(account));
  const created = calls.filter(({ action, status }) => action === "CreateImage" && status === 200).length;
  if (!cancelled) problems.push(...complete(account), ...numberOfImages(account, created, skip));
  if (!skip && !cancelled && /Resuming from AMI/.test(logs.join("\n")))
    problems.push("a run resumed the image of a live run");
  if (cancelled) problems.push(...(await rerun(cloud, template, { row, inputs, index: cancels, logs })));
  return { problems, logs, faultedCall };
}

/** Waits until the cloud has served a number of calls, and returns the last one; undefined if `ended` ends before. */
async function callAt(cloud, seq, ended) {
  let over = false;
  const end = () => {
    over = true;
  };
  ended.then(end, end);
  for (;;) {
    const isLast = over;
    const call = (await cloud.calls()).find((each) => each.seq === seq);
    if (call !== undefined || isLast) return call;
    await sleep(READ_AGAIN);
  }
}

/** Runs the cancelled run again, as the next attempt. It must complete what is unfinished. */
async function rerun(cloud, template, { row, inputs, index, logs }) {
  const step = openBake(cloud, template, row, `${row}-${index}`, inputs, { env: { GITHUB_RUN_ATTEMPT: "2" } });
  const main = await step.main();
  const post = await step.post();
  step.close();
  logs.push(main.log, post.log);
  const account = await describeAccount(cloud, REGIONS, row);
  return [
    ...(main.code === 0 ? [] : [`the rerun ended with ${main.code ?? main.signal}`]),
    ...[...leftovers(account), ...leases(account), ...complete(account)].map((each) => `after the rerun: ${each}`),
  ];
}

/** A lease ends with its run. */
const leases = ({ images }) =>
  images.filter(({ lease }) => lease !== undefined).map(({ region, id }) => `image ${region} ${id} has a lease`);

/** Each bake has finished images in all Regions, and the parameters of all Regions name the images of the newest bake. */
function complete({ images, parameters }) {
  const [home] = REGIONS;
  const problems = images
    .filter(({ mark }) => mark !== undefined)
    .map(({ region, id, mark }) => `image ${region} ${id} is unfinished: ${mark}`);
  for (const name of new Set(images.map((image) => image.name))) {
    const regions = images.filter((image) => image.name === name).map(({ region }) => region);
    if (regions.length !== REGIONS.length) problems.push(`the image ${name} is only in ${regions.join(", ")}`);
  }
  const order = (a, b) => a.createdAt.localeCompare(b.createdAt) || (a.id < b.id ? -1 : 1);
  const newest = images
    .filter(({ region }) => region === home)
    .sort(order)
    .at(-1);
  for (const region of REGIONS) {
    const { value } = parameters.find((parameter) => parameter.region === region) ?? {};
    const named = images.find(({ id }) => id === value);
    if (named?.name !== newest?.name || newest === undefined)
      problems.push(`the parameter in ${region} names ${named?.name ?? value}, not the newest image ${newest?.name}`);
  }
  return problems;
}

/** Two runs bake two images. With `skip-unchanged` the second run uses the image of the first. */
function numberOfImages({ images }, created, skip) {
  const made = images.length / REGIONS.length;
  if (made === (skip ? 1 : 2) && created === made) return [];
  return [`${created} images were created, and ${images.length} exist in ${REGIONS.length} Regions`];
}
