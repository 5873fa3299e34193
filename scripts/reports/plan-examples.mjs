/** Example plans for `scripts/reports.mjs`, in the form that the engine returns them. */

const PARAMETER = "/images/web/latest";

function identity(name) {
  return { name, shortName: name, sourceName: name, builderType: "amazon-ebs" };
}

/** Plans of builds in these Regions; `id` makes the ID of a resource. */
export function examplePlans(regions, id) {
  const place = (region, index, more = {}) => ({
    region,
    image: index === 0 ? "create" : "copy",
    parameter: { name: PARAMETER, from: id("ami", index), isRead: true, to: undefined },
    replaces: [],
    removes: [],
    disables: [],
    ...more,
  });
  const build = (name, more = {}) => ({
    identity: identity(name),
    decision: "bake",
    reason: `changed since ${id("ami", 0)}: script images/web/setup.sh, source AMI ${id("ami", 900)} → ${id("ami", 999)}`,
    changes: [
      { what: "script images/web/setup.sh", from: undefined, to: undefined },
      { what: "variable version", from: undefined, to: undefined },
      { what: "source AMI", from: id("ami", 900), to: id("ami", 999) },
    ],
    imageName: "web-*",
    existing: undefined,
    source: {
      imageId: id("ami", 999),
      name: "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20261111",
      createdAt: "2026-11-11T10:00:00.000Z",
    },
    regions: regions.slice(0, 3).map((region, index) => place(region, index)),
    notLookedUp: [],
    knownLater: ["the name of the AMI contains the time"],
    problems: [],
    ...more,
  });
  const present = (region, index) => {
    const parameter = { name: PARAMETER, from: id("ami", index), isRead: true, to: id("ami", index) };
    return place(region, index, { image: "present", parameter });
  };
  const unchanged = {
    ...{ decision: "reuse", reason: `unchanged since 2026-11-18 10:02 UTC (${id("ami", 0)})`, changes: [] },
    ...{ existing: id("ami", 0), knownLater: [], regions: regions.slice(0, 3).map(present) },
  };
  const warning = {
    ...{
      severity: "warning",
      code: "quota",
      summary: "Only 2 of 32 vCPUs for Standard instances are free in us-east-1",
    },
    hint: "Wait until other instances end, or request a higher quota.",
  };
  const problem = {
    ...{ severity: "error", code: "subnet-not-found", summary: 'Subnet "subnet-0123" does not exist in us-east-1' },
    hint: "Set subnet_id to a subnet of this account and Region.",
    range: {
      file: "images/web/web.json",
      start: { offset: 0, line: 2, column: 20 },
      end: { offset: 0, line: 2, column: 40 },
    },
  };
  const unknown = {
    ...{ decision: "unknown", reason: "the account could not be read", changes: [], source: undefined },
    notLookedUp: ["No AWS credentials were found: the source AMI, earlier AMIs and parameters are not known"],
    regions: regions.slice(0, 3).map((region, index) => {
      return place(region, index, { parameter: { name: PARAMETER, from: undefined, isRead: false, to: undefined } });
    }),
  };
  const all = regions.map((region, index) =>
    place(region, index, index < 2 ? { removes: [id("ami", 70 + index), id("ami", 80 + index)] } : {}),
  );
  const plan = (builds, changes = true) => ({ builds, changes, account: "123456789012" });
  return {
    "plan-bake": plan([build("amazon-ebs.web", { problems: [warning] })]),
    "plan-nothing": plan([build("amazon-ebs.web", unchanged)], false),
    "plan-many-regions": plan([build("amazon-ebs.web", { regions: all }), build("amazon-ebs.db", unchanged)]),
    "plan-no-credentials": { ...plan([build("amazon-ebs.web", unknown)]), account: undefined },
    "plan-error": plan([build("amazon-ebs.web", { problems: [problem, warning] })]),
  };
}
