/** Whole bakes on the local cloud: overhead above the cloud's own waits, API calls, and Packer's figures for the same bake. */
import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { load, root, scratch } from "./library.mjs";
import { ms, ratio, table, timed } from "./report.mjs";

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
  const rows = [];
  rows.push(await measure("one copy, instant waits", ["eu-west-1"], TIMES, 0, true));
  rows.push(await measure("eight regions, instant waits", EIGHT, TIMES, 0, true));
  if (process.argv.includes("--real"))
    rows.push(await measure("one copy, real waits", ["eu-west-1"], REAL, 7 + 18 + 150 + 300, false));
  table(
    "Bakes",
    [
      "bake",
      "bake-ami",
      "EC2 calls",
      "SSM calls",
      "the cloud's own waits",
      "Packer",
      "its EC2 calls",
      "Packer / bake-ami",
    ],
    rows,
  );
}

async function measure(name, regions, times, waits, withPacker) {
  const ours = await onCloud(times, async (_cloud, env, folder) => {
    const template = write(folder, "ours.json", regions, {});
    return run(
      process.execPath,
      [join(root, "dist", "cli.js"), "build", "-ssm-parameter=/bench/{image}", template],
      env,
    );
  });
  const packer =
    withPacker && spawnSync("packer", ["version"]).status === 0
      ? await onCloud(times, async (cloud, env, folder) => {
          const template = write(folder, "packer.json", regions, {
            custom_endpoint_ec2: cloud.endpoint.url,
            access_key: "a",
            secret_key: "b",
            skip_region_validation: true,
          });
          return run("packer", ["build", template], { ...env, CHECKPOINT_DISABLE: "1", AWS_POLL_DELAY_SECONDS: "1" });
        })
      : undefined;
  const count = (calls, service) => calls.filter((call) => call.service === service).length;
  return [
    name,
    ms(ours.took),
    count(ours.calls, "ec2"),
    count(ours.calls, "ssm"),
    `${waits} s`,
    packer ? (packer.ok ? ms(packer.took) : "failed") : "not run",
    packer ? count(packer.calls, "ec2") : "",
    packer?.ok ? ratio(packer.took, ours.took) : "",
  ];
}

async function onCloud(times, bake) {
  const { openLocalCloud } = await load("local/cloud.ts");
  const folder = scratch("cloud");
  const cloud = await openLocalCloud({
    stateFolder: join(folder, "state"),
    machines: "sandboxes",
    scale: 1,
    times,
    env: process.env,
    onNotice: () => undefined,
  });
  const env = {
    ...process.env,
    ...cloud.environment,
    BAKE_AMI_SSH_SOURCE_CIDRS: "127.0.0.0/8",
    XDG_STATE_HOME: folder,
  };
  let ok = true;
  const took = await timed(async () => {
    ok = await bake(cloud, env, folder);
  });
  const calls = [...cloud.endpoint.calls()];
  await cloud.close();
  return { took, calls, ok };
}

function write(folder, name, regions, more) {
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
      provisioners: [{ type: "shell", inline: ["true"] }],
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
