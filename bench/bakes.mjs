/** Whole bakes on the local cloud: overhead above the cloud's own waits, API calls, and Packer's figures for the same bake. */
import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { onCloud } from "./cloud-time.mjs";
import { root } from "./library.mjs";
import { least, ms, ratio, table, timed } from "./report.mjs";

/** Waits of the cloud, in seconds; all the others are instant. */
const TIMES = {
  launch: 0,
  check: 0,
  stop: 0,
  terminate: 0,
  release: 0,
  image: 0,
  copy: 0,
  snapshot: 0,
  mapping: 0,
  consistency: 0,
  profile: 0,
  parameter: 0,
  volume: 0,
  register: 0,
  call: 0,
};
const REAL = { ...TIMES, launch: 7, stop: 18, terminate: 35, image: 150, copy: 300 };

const EIGHT = [
  "us-east-1",
  "us-west-2",
  "ap-southeast-1",
  "ap-southeast-2",
  "ap-northeast-1",
  "sa-east-1",
  "eu-west-1",
];

export async function bakes() {
  if (process.getuid?.() !== 0) return console.log("\nbakes: skipped, the sandboxes of the local cloud need root here");
  const rows = [
    await measure("one copy", ["eu-west-1"], TIMES, 3),
    await measure("eight regions", EIGHT, TIMES, 3),
    [row("one copy, with its package list", "bake-ami", await ours(["eu-west-1"], TIMES, ["-packages=auto"], 3))],
  ];
  if (process.argv.includes("--real")) rows.push(await measure("one copy, real waits", ["eu-west-1"], REAL, 1));
  table(
    "Bakes",
    [
      ...["bake", "by", "in all", "the cloud's own time", "overhead", "of the cloud's time", "beside `node -e 0`"],
      ...["EC2 calls", "SSM calls"],
    ],
    rows.flat(),
  );
  table(
    "The same bake again",
    ["night", "EC2 calls", "at home", "elsewhere", "SSM calls", "in all", "of it the cloud's", "beside `node -e 0`"],
    [...(await nights("one copy", ["eu-west-1"])), ...(await nights("eight regions", EIGHT))],
  );
}

/** bake-ami's row, and Packer's where it is installed. */
async function measure(name, regions, times, runs) {
  const rows = [row(name, "bake-ami", await ours(regions, times, ["-packages=off"], runs))];
  if (spawnSync("packer", ["version"]).status !== 0) return rows;
  const packer = await quickest(runs, times, (env, folder, endpoint) => {
    const template = write(folder, "packer.json", regions, {
      custom_endpoint_ec2: endpoint.url,
      access_key: "a",
      secret_key: "b",
      skip_region_validation: true,
    });
    // With real waits it polls as it does by itself: at one second its attempts would be used up before an image is made.
    const polling = times === REAL ? {} : { AWS_POLL_DELAY_SECONDS: "1" };
    return run("packer", ["build", template], { ...env, CHECKPOINT_DISABLE: "1", ...polling });
  });
  return [...rows, row(name, "Packer", packer)];
}

const ours = (regions, times, flags, runs) =>
  quickest(runs, times, (env, folder) => bakeAmi(write(folder, "ours.json", regions, {}), flags, env));

/** Of several runs, each on a new cloud, the one with the least overhead. */
async function quickest(runs, times, bake) {
  let best;
  for (let run = 0; run < runs; run++) {
    const bare = await least(3, () => nothing(process.env));
    const measured = { ...(await onCloud(times, bake)), bare };
    if (best === undefined || measured.took - measured.cloud < best.took - best.cloud) best = measured;
  }
  return best;
}

/** The start of a Node that does nothing: what this machine does in the same run. */
const nothing = (env) => run(process.execPath, ["-e", "0"], env);

function row(name, by, { value: ok, took, cloud, calls, bare }) {
  if (!ok) return [name, by, "failed", "", "", "", "", "", ""];
  const share = `${((100 * (took - cloud)) / cloud).toFixed(1)} %`;
  const own = [ms(took - cloud), share, ratio(took - cloud, bare)];
  return [name, by, ms(took), ms(cloud), ...own, count(calls, "ec2"), count(calls, "ssm")];
}

/** A bake whose parameters exist already, then one where nothing changed. */
async function nights(name, regions) {
  const rows = [];
  await onCloud(TIMES, async (env, folder, endpoint) => {
    const bare = await least(5, () => nothing(env));
    const template = (version) =>
      write(folder, "night.json", regions, { ami_name: "night {{uuid}}" }, [`echo ${version}`]);
    await bakeAmi(template(1), ["-skip-unchanged"], env);
    for (const [night, version] of [
      ["changed", 2],
      ["unchanged", 2],
    ]) {
      endpoint.forget();
      const took = await timed(() => bakeAmi(template(version), ["-skip-unchanged", "-packages=off"], env));
      const calls = endpoint.calls();
      const home = calls.filter((call) => call.service === "ec2" && call.region === "us-west-1").length;
      const ec2 = count(calls, "ec2");
      const own = calls.reduce((sum, call) => sum + call.took, 0);
      const label = `${night} night, ${name}`;
      const all = [ec2, home, ec2 - home, count(calls, "ssm"), ms(took), night === "unchanged" ? ms(own) : ""];
      rows.push([label, ...all, ratio(took, bare)]);
    }
  });
  return rows;
}

const count = (calls, service) => calls.filter((call) => call.service === service).length;

function bakeAmi(template, flags, env) {
  const cli = join(root, "dist", "cli.js");
  return run(process.execPath, [cli, "build", ...flags, "-ssm-parameter=/bench/{image}", template], env);
}

function write(folder, name, regions, more, inline = ["true"]) {
  const path = join(folder, name);
  writeFileSync(
    path,
    JSON.stringify({
      builders: [
        {
          type: "amazon-ebs",
          region: "us-west-1",
          source_ami_filter: {
            filters: { name: "ubuntu/images/*ubuntu-jammy-22.04-amd64-server-*" },
            owners: ["099720109477"],
            most_recent: true,
          },
          instance_type: "t3.micro",
          ssh_username: "ubuntu",
          ami_name: `bench-${name}`,
          ami_regions: regions,
          tags: { App: "bench" },
          ...more,
        },
      ],
      provisioners: [{ type: "shell", inline }],
    }),
  );
  return path;
}

function run(program, args, env) {
  return new Promise((done) => {
    const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        said += chunk;
      });
    child.once("exit", (code) => {
      if (code !== 0) console.error(said.slice(-2000));
      done(code === 0);
    });
  });
}
