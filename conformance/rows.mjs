/** One row of the fault table: a fault at one call of a two-region bake, then post, then a rerun; and what must hold after each. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStep } from "./runner.mjs";

/** Fault by kind: what happens at the call. Signals go to the bake's own process. */
export const INTERRUPTIONS = {
  "killed before": (at, pid) => [{ ...at, when: "before", do: "kill", pid }],
  "killed after": (at, pid) => [{ ...at, when: "after", do: "kill", pid }],
  "answer lost": (at) => [{ ...at, when: "after", do: "hangup" }],
  SIGINT: (at, pid) => [{ ...at, when: "after", do: "int", pid }],
  SIGTERM: (at, pid) => [{ ...at, when: "after", do: "term", pid }],
  throttled: (at) => [
    {
      ...at,
      when: "before",
      times: 3,
      do: "error",
      code: "RequestLimitExceeded",
      message: "Request limit exceeded.",
      status: 503,
    },
  ],
  500: (at) => [
    {
      ...at,
      when: "before",
      times: 2,
      do: "error",
      code: "InternalError",
      message: "An internal error has occurred",
      status: 500,
    },
  ],
  "connection reset": (at) => [{ ...at, when: "before", times: 2, do: "reset" }],
  hang: (at) => [{ ...at, when: "before", do: "hang", seconds: 40 }],
};

/** A two-region bake with one small provisioner (or none, on a cloud without machines). */
export function writeTemplate(name, withMachine = true) {
  const folder = mkdtempSync(join(tmpdir(), "bake-ami-rows-"));
  const path = join(folder, `${name}.json`);
  const builder = {
    type: "amazon-ebs",
    region: "us-east-1",
    ami_regions: ["eu-west-1"],
    source_ami_filter: {
      filters: { name: "ubuntu/images/*ubuntu-jammy-22.04-amd64-server-*" },
      owners: ["099720109477"],
      most_recent: true,
    },
    instance_type: "t3.micro",
    ami_name: "{{user `name`}}",
    tags: { App: "rows" },
    ...(withMachine ? { ssh_username: "ubuntu" } : { communicator: "none" }),
  };
  const provisioners = withMachine ? [{ type: "shell", inline: ["echo provisioned"] }] : [];
  writeFileSync(path, JSON.stringify({ variables: { name: "rows" }, builders: [builder], provisioners }));
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * Plays a row: bake with the fault, post, look; bake again without it, look. `held` is what the account holds beyond what it
 * held before the row.
 */
export async function playRow(cloud, template, fault, at, name) {
  await cloud.baseline();
  const image = name.replace(/[^a-z0-9]+/gi, "-");
  const inputs = { template: template.path, "ssm-parameter": "/rows/{image}", image, variables: `name=${image}` };
  const step = openStep(cloud, inputs, { runId: image });
  const main = await step.main((child) => {
    // The first call comes later than this request: the process has to load first.
    void cloud.faults(fault(at, child.pid));
  });
  await cloud.faults([]);
  const post = await step.post();
  const held = await cloud.held();
  step.close();
  const again = openStep(cloud, inputs, { runId: `${image}-again` });
  const rerun = await again.main();
  await again.post();
  again.close();
  return { main, post, held, rerun, heldAfterRerun: await cloud.held() };
}

/** What may not be there: anything but images that are available and parameters that name one of them. */
export function leftovers(held, { finished = false } = {}) {
  const images = (held.images ?? []).map(String);
  const wrong = Object.entries(held).flatMap(([kind, items]) =>
    kind === "images" || kind === "parameters" ? [] : items.map((item) => `${kind}: ${item}`),
  );
  for (const image of images) {
    if (!/available/.test(image)) wrong.push(`images: ${image}`);
    else if (finished && /unfinished/.test(image)) wrong.push(`still marked: ${image}`);
  }
  for (const parameter of (held.parameters ?? []).map(String)) {
    const id = /ami-[0-9a-f]+/.exec(parameter)?.[0];
    if (!id || !images.some((image) => image.includes(id))) wrong.push(`parameters: ${parameter}`);
  }
  return wrong;
}
