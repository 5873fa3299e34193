/** Measures whole bakes on the local cloud: overhead on top of the cloud's own time, API calls, and the same bake with Packer. */
import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { onCloud } from "./cloud-time.mjs";
import { root } from "./library.mjs";
import { least, ms, ratio, table, timed } from "./report.mjs";

/** Waiting times of the cloud, in seconds. */
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
  if (process.getuid?.() !== 0)
    return console.log("\nbakes: skipped. The sandboxes of the local cloud need root on this host.");
  const rows = [
    await measure("one copy", ["eu-west-1"], TIMES, 3),
    await measure("eight regions", EIGHT, TIMES, 3),
    [row("one copy, with its package list", "bake-ami", await ours(["eu-west-1"], TIMES, ["-packages=auto"], 3))],
  ];
  if (process.argv.includes("--real")) rows.push(await measure("one copy, real waits", ["eu-west-1"], REAL, 1));
  table(
    "Bakes",
    [
      ...["bake", "tool", "total", "cloud's own time", "overhead", "% of cloud's time", "× `node -e 0`"],
      ...["EC2 calls", "SSM calls"],
    ],
    rows.flat(),
  );
  table(
    "The same bake again",
    ["run", "EC2 calls", "build Region", "other Regions", "SSM calls", "total", "cloud's own time", "× `node -e 0`"],
    [...(await repeatedBakes("one copy", ["eu-west-1"])), ...(await repeatedBakes("eight regions", EIGHT))],
  );
}

/** Returns bake-ami's row, and Packer's if it is installed. */
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
    // With real waits Packer polls at its default interval: at one second it would run out of attempts before the image is ready.
    const polling = times === REAL ? {} : { AWS_POLL_DELAY_SECONDS: "1" };
    return run("packer", ["build", template], { ...env, CHECKPOINT_DISABLE: "1", ...polling });
  });
  return [...rows, row(name, "Packer", packer)];
}

const ours = (regions, times, flags, runs) =>
  quickest(runs, times, (env, folder) => bakeAmi(write(folder, "ours.json", regions, {}), flags, env));

/** Returns the run with the least overhead of several runs, each on a new cloud. */
async function quickest(runs, times, bake) {
  let best;
  for (let run = 0; run < runs; run++) {
    const bare = await least(3, () => nothing(process.env));
    const measured = { ...(await onCloud(times, bake)), bare };
    if (best === undefined || measured.took - measured.cloud < best.took - best.cloud) best = measured;
  }
  return best;
}

/** Starts a Node that does nothing: the reference time of this host. */
const nothing = (env) => run(process.execPath, ["-e", "0"], env);

function row(name, by, { value: ok, took, cloud, calls, bare }) {
  if (!ok) return [name, by, "failed", "", "", "", "", "", ""];
  const share = `${((100 * (took - cloud)) / cloud).toFixed(1)} %`;
  const own = [ms(took - cloud), share, ratio(took - cloud, bare)];
  return [name, by, ms(took), ms(cloud), ...own, count(calls, "ec2"), count(calls, "ssm")];
}

/** Measures a bake with existing parameters, then a bake without changes. */
async function repeatedBakes(name, regions) {
  const rows = [];
  await onCloud(TIMES, async (env, folder, endpoint) => {
    const bare = await least(5, () => nothing(env));
    const template = (version) =>
      write(folder, "repeated.json", regions, { ami_name: "repeated {{uuid}}" }, [`echo ${version}`]);
    await bakeAmi(template(1), ["-skip-unchanged"], env);
    for (const [kind, version] of [
      ["changed", 2],
      ["unchanged", 2],
    ]) {
      endpoint.forget();
      const took = await timed(() => bakeAmi(template(version), ["-skip-unchanged", "-packages=off"], env));
      const calls = endpoint.calls();
      const inBuildRegion = calls.filter((call) => call.service === "ec2" && call.region === "us-west-1").length;
      const ec2 = count(calls, "ec2");
      const own = calls.reduce((sum, call) => sum + call.took, 0);
      const label = `${kind}, ${name}`;
      const all = [
        ec2,
        inBuildRegion,
        ec2 - inBuildRegion,
        count(calls, "ssm"),
        ms(took),
        kind === "unchanged" ? ms(own) : "",
      ];
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
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        output += chunk;
      });
    child.once("exit", (code) => {
      if (code !== 0) console.error(output.slice(-2000));
      done(code === 0);
    });
  });
}
