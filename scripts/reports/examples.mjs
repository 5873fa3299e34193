import { examplePlans } from "./plan-examples.mjs";

/** Example runs for `scripts/reports.mjs`: events as a bake emits them, and the results of the other actions. */

const BEGIN = Date.UTC(2026, 10, 21, 10);
const SHA = "0123456789abcdef0123456789abcdef01234567";
const REPOSITORY = "https://github.com/acme/images";

const REGIONS = [
  ...["us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"],
  ...["eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "eu-north-1"],
  ...["ap-south-1", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3"],
];

const SOURCE = `{
  "builders": [{ "type": "amazon-ebs", "ami_name": "web-{{timestamp}}" }],
  "provisioners": [
    {
      "type": "shell",
      "script": "setup.sh"
    }
  ]
}
`;

/** A hexadecimal id of 17 digits, the same in each run. */
function id(prefix, number) {
  return `${prefix}-0${(BigInt(number + 1) * 7_919_000_123_457_911n).toString(16).padStart(16, "0").slice(-16)}`;
}

function at(seconds, data, build) {
  return { ...data, at: BEGIN + seconds * 1000, ...(build === undefined ? {} : { build }) };
}

function started(...names) {
  return at(0, { type: "bake-started", builds: names.map((name) => ({ name, builder: "amazon-ebs" })) });
}

function step(name, title, from, to, build, outcome = "succeeded") {
  return [
    at(from, { type: "step-started", step: name, title }, build),
    at(to, { type: "step-ended", step: name, outcome }, build),
  ];
}

function ami(name, regions, more = {}) {
  return {
    kind: "ami",
    builderId: "mitchellh.amazonebs",
    buildRegion: regions[0],
    imageName: `${name}-20261121-1000`,
    account: { region: regions[0] },
    images: regions.map((region, index) => ({
      region,
      imageId: id("ami", index + name.length * 100),
      snapshotIds: [],
    })),
    missing: [],
    source: {
      imageId: id("ami", 999),
      name: "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20261111",
      createdAt: "2026-11-11T10:00:00.000Z",
      owner: "099720109477",
      ownerAlias: "amazon",
      architecture: "x86_64",
      tags: {},
    },
    hasEarlier: true,
    fingerprint: undefined,
    namePattern: undefined,
    skip: undefined,
    ...more,
  };
}

/** The steps of a build up to its AMI. */
function buildSteps(build, provision = 96) {
  return [
    at(0, { type: "build-started" }, build),
    ...step("preflight", "Checking the AMI name", 0, 0.4, build),
    ...step("source-image", "Finding the source AMI", 0, 0.6, build),
    ...step("network", "Choosing the network", 0, 0.7, build),
    ...step("key-pair", "Preparing the SSH key", 0.7, 1.1, build),
    ...step("security-group", "Preparing the security group", 0.7, 2.3, build),
    ...step("launch", "Launching the instance", 2.3, 17, build),
    ...step("connect", "Connecting by SSH", 17, 39, build),
    ...step("provision", "Provisioning", 39, 39 + provision, build),
    ...step("stop", "Stopping the instance", 39 + provision, 70 + provision, build),
    ...step("create-image", "Creating the AMI", 70 + provision, 130 + provision, build),
  ];
}

function copySteps(build, regions, from) {
  return regions.flatMap((region, index) =>
    step(
      `copy ${region}`,
      `Copying to ${region}`,
      from,
      from + 72 - (index % 2) * 21 + (index > 1 ? (index * 37) % 170 : 0),
      build,
    ),
  );
}

function published(artifact, parameter, build) {
  return artifact.images.map(({ region, imageId }, index) =>
    at(298, { type: "parameter-published", region, parameter, imageId, version: 41 + (index % 2) }, build),
  );
}

const CHANGES = {
  count: 612,
  distribution: "Ubuntu 24.04.3 LTS",
  since: id("ami", 700),
  difference: {
    counts: { added: 1, removed: 0, upgraded: 3, downgraded: 0 },
    security: 2,
    changes: [
      {
        kind: "upgraded",
        name: "openssl",
        arch: "amd64",
        from: "3.0.13-0ubuntu3.5",
        to: "3.0.13-0ubuntu3.6",
        security: "update",
      },
      {
        kind: "upgraded",
        name: "libssl3t64",
        arch: "amd64",
        from: "3.0.13-0ubuntu3.5",
        to: "3.0.13-0ubuntu3.6",
        security: "update",
      },
      { kind: "upgraded", name: "tzdata", arch: "all", from: "2026a-0ubuntu0.24.04", to: "2026b-0ubuntu0.24.04" },
      { kind: "added", name: "nginx-light", arch: "amd64", to: "1.24.0-2ubuntu7.5" },
    ],
  },
};

const DAY = 86_400_000;

function oldImage(index, region, more) {
  return {
    region,
    imageId: id("ami", 300 + index),
    name: `web-202611${String(20 - index).padStart(2, "0")}-1000`,
    age: (index + 1) * DAY,
    what: "removed",
    why: "not one of the newest 5",
    spared: false,
    ...more,
  };
}

const OLDER = [
  oldImage(0, "us-east-1", { what: "stays", why: "one of the newest 5" }),
  oldImage(5, "us-east-1", {
    what: "stays",
    why: "used by instance i-0a1b2c3d4e5f60718 and by launch template lt-0a1b2c3d4e5f60718",
    spared: true,
  }),
  oldImage(6, "us-east-1", {}),
  oldImage(7, "eu-west-1", {}),
  oldImage(8, "eu-west-1", { what: "could not be changed", why: "You are not authorized to perform this operation." }),
];

function success() {
  const artifact = ami("web", ["us-east-1", "us-west-2", "eu-west-1"]);
  return [
    started("web"),
    ...buildSteps("web"),
    ...copySteps("web", ["us-west-2", "eu-west-1"], 226),
    ...published(artifact, "/images/web/latest", "web"),
    at(299, { type: "packages", packages: CHANGES }, "web"),
    at(
      299,
      {
        type: "retention",
        retention: {
          text: "2 of 4 images stay (1 of them used, shared or protected), 2 were removed",
          rows: OLDER.slice(0, 4),
        },
      },
      "web",
    ),
    at(298, { type: "build-ended", outcome: "succeeded", artifacts: [artifact] }, "web"),
    at(298, { type: "bake-ended", outcome: "succeeded" }),
  ];
}

const OUTPUT = [
  ...["Reading package lists...", "Building dependency tree...", "Reading state information...", "Suggested packages:"],
  ...["  fcgiwrap nginx-doc ssl-cert", "The following NEW packages will be installed:", "  nginx nginx-common"],
  ...[
    "Need to get 529 kB of archives.",
    "Get:1 http://archive.ubuntu.com/ubuntu noble/main amd64 nginx-common all 1.24.0-2ubuntu7",
  ],
  ...[
    "Get:2 http://archive.ubuntu.com/ubuntu noble/main amd64 nginx amd64 1.24.0-2ubuntu7",
    "Fetched 529 kB in 1s (512 kB/s)",
  ],
  ...["Selecting previously unselected package nginx-common.", "Unpacking nginx-common (1.24.0-2ubuntu7) ..."],
  ...[
    "Unpacking nginx (1.24.0-2ubuntu7) ...",
    "Setting up nginx-common (1.24.0-2ubuntu7) ...",
    "Setting up nginx (1.24.0-2ubuntu7) ...",
  ],
  ...[
    'nginx: [emerg] cannot load certificate "/etc/ssl/web.pem": No such file or directory',
    "setup.sh: line 12: nginx -t failed",
  ],
];

function position(line, column) {
  return { offset: 0, line, column };
}

const SCRIPT_FAILED = {
  severity: "error",
  code: "script-failed",
  summary: 'Script "setup.sh" exited with status 3',
  hint: 'Fix the script, or add 3 to "valid_exit_codes" of the shell provisioner.',
  detail: ["Its last lines:", ...OUTPUT.slice(-10)].join("\n"),
  range: { file: "images/web/web.json", start: position(6, 17), end: position(6, 27) },
};

function failingBuild(name) {
  return [
    at(0, { type: "build-started" }, name),
    ...step("network", "Choosing the network", 0, 1.2, name),
    ...step("launch", "Launching the instance", 1.2, 17, name),
    ...step("connect", "Connecting by SSH", 17, 39, name),
    ...step("provision", "Provisioning", 39, 61, name, "failed"),
    ...OUTPUT.map((text, index) => at(40 + index, { type: "output", stream: "stdout", text }, name)),
    at(61, { type: "build-failing", error: SCRIPT_FAILED }, name),
    at(75, { type: "build-ended", outcome: "failed", artifacts: [], error: SCRIPT_FAILED }, name),
  ];
}

function failure() {
  return [started("web"), ...failingBuild("web"), at(75, { type: "bake-ended", outcome: "failed" })];
}

function partial() {
  const artifact = ami("worker", ["us-east-1", "us-west-2"], {
    missing: [{ region: "eu-west-1", reason: "the KMS key alias/images does not exist in eu-west-1" }],
  });
  return [
    started("amazon-ebs.web", "amazon-ebs.worker"),
    ...failingBuild("amazon-ebs.web"),
    ...buildSteps("amazon-ebs.worker"),
    at(
      299,
      {
        type: "diagnostic",
        diagnostic: {
          severity: "warning",
          code: "x",
          summary: 'Option "ssh_keypair_name" has no effect with "ssh_private_key_file"',
          hint: 'Remove "ssh_keypair_name".',
        },
      },
      "amazon-ebs.worker",
    ),
    at(
      299,
      {
        type: "resource",
        action: "left",
        kind: "security-group",
        id: id("sg", 4),
        region: "us-east-1",
        why: "The security group has a dependent object.",
      },
      "amazon-ebs.worker",
    ),
    at(298, { type: "build-ended", outcome: "succeeded", artifacts: [artifact] }, "amazon-ebs.worker"),
    at(299, { type: "bake-ended", outcome: "failed" }),
  ];
}

function cancelled() {
  return [
    started("web"),
    at(0, { type: "build-started" }, "web"),
    ...step("launch", "Launching the instance", 2.3, 17, "web"),
    ...step("connect", "Connecting by SSH", 17, 39, "web"),
    ...step("provision", "Provisioning", 39, 47, "web", "cancelled"),
    at(52, { type: "build-ended", outcome: "cancelled", artifacts: [] }, "web"),
    at(52, { type: "bake-ended", outcome: "cancelled" }),
  ];
}

function reused() {
  const skip = { skipped: true, reason: "Unchanged since 2026-11-20: same template, source AMI and files" };
  return [
    started("web"),
    at(0, { type: "build-started" }, "web"),
    at(
      3.24,
      { type: "build-ended", outcome: "succeeded", artifacts: [ami("web", ["us-east-1", "us-west-2"], { skip })] },
      "web",
    ),
    at(3.24, { type: "bake-ended", outcome: "succeeded" }),
  ];
}

/** Results of tests that did not fail: of the boot, then of a script. */
function passedTests(count) {
  const names = ["boot: running", "boot: status checks", "boot: login", "boot: systemd", "boot: cloud-init"];
  const results = names.map((name, index) => ({ name, outcome: "passed", duration: 300 + index * 7100, output: [] }));
  const scripts = Array.from({ length: Math.max(0, count - names.length) }, (_, index) => ({
    name: `tests/web.sh: GET /page-${index + 1} returns 200`,
    outcome: index % 7 === 6 ? "skipped" : "passed",
    duration: 40 + index * 13,
    message: index % 7 === 6 ? "needs a license key" : undefined,
    output: [],
  }));
  return [...results, ...scripts].slice(0, count);
}

const FAILED_TESTS = [
  {
    name: "tests/tls.sh: certificate is valid for 30 days",
    outcome: "failed",
    duration: 840,
    message: "not ok 3 - certificate is valid for 30 days",
    output: [
      "TAP version 13",
      "1..3",
      "ok 1 - port 443 is open",
      "ok 2 - TLS 1.3",
      "not ok 3 - certificate is valid for 30 days",
    ],
  },
  {
    name: "tests/nginx.sh",
    outcome: "failed",
    duration: 210,
    message: "exited with status 1",
    output: ["nginx: [emerg] cannot load certificate /etc/ssl/web.pem"],
  },
];

/** A bake whose image was tested on these types of instances. */
function testedBake(types, results) {
  const regions = ["us-east-1", "us-west-2", "eu-west-1"];
  const artifact = ami("web", regions);
  const failed = results.some(({ outcome }) => outcome === "failed");
  const report = {
    region: "us-east-1",
    imageId: artifact.images[0].imageId,
    outcome: failed ? "failed" : "passed",
    testsHash: "0f1e2d",
    instances: types.map((instanceType, index) => ({ instanceType, instanceId: id("i", 30 + index), results })),
    earlier: undefined,
  };
  const names = results.filter(({ outcome }) => outcome === "failed").map(({ name }) => `"${name}"`);
  const error = {
    severity: "error",
    code: "image-tests-failed",
    summary: `${names.length} tests of AMI ${report.imageId} failed: ${names.join(", ")}`,
    hint: "Nothing was published, and the AMI and its copies were removed. Fix the template or the tests, then bake again.",
  };
  const ended = failed
    ? { type: "build-ended", outcome: "failed", artifacts: [], error }
    : { type: "build-ended", outcome: "succeeded", artifacts: [{ ...artifact, tests: report }] };
  return [
    started("web"),
    ...buildSteps("web"),
    ...step("test", "Testing the AMI", 226, 281, "web", failed ? "failed" : "succeeded"),
    ...copySteps("web", regions.slice(1), 226),
    at(281, { type: "image-tested", report }, "web"),
    ...(failed ? [] : published(artifact, "/images/web/latest", "web")),
    at(299, ended, "web"),
    at(299, { type: "bake-ended", outcome: failed ? "failed" : "succeeded" }),
  ];
}

function manyRegions() {
  const builds = ["amazon-ebs.web", "amazon-ebs.worker"];
  const artifacts = builds.map((name) => ami(name.split(".")[1], REGIONS));
  return [
    started(...builds),
    ...builds.flatMap((name, index) => [
      ...buildSteps(name, 96 + index * 60),
      ...copySteps(name, REGIONS.slice(1), 226 + index * 60),
      ...published(artifacts[index], `/images/${name.split(".")[1]}/latest`, name),
      at(560 + index * 40, { type: "build-ended", outcome: "succeeded", artifacts: [artifacts[index]] }, name),
    ]),
    at(600, { type: "bake-ended", outcome: "succeeded" }),
  ];
}

function invalidTemplate() {
  return [
    at(0, {
      type: "diagnostic",
      diagnostic: {
        severity: "error",
        code: "unknown-option",
        summary: 'Unknown option "scrpit" in provisioner "shell"',
        hint: 'Did you mean "script"?',
        range: { file: "images/web/web.json", start: position(6, 7), end: position(6, 15) },
      },
    }),
    at(0, { type: "bake-ended", outcome: "failed" }),
  ];
}

const LEFT = [
  {
    action: "left",
    kind: "instance",
    id: id("i", 1),
    region: "us-east-1",
    why: "You are not authorized to perform this operation.",
  },
  { action: "kept", kind: "volume", id: id("vol", 2), region: "us-east-1", why: "delete_on_termination is false" },
];

function promotion(count, several) {
  return REGIONS.slice(0, count).flatMap((region, index) => {
    const written = {
      at: BEGIN - 3 * DAY,
      by: "arn:aws:sts::123456789012:assumed-role/release/jane",
      what: "promote by run 4711 of acme/images",
    };
    const row = {
      region,
      pointer: "/images/web/prod",
      imageId: id("ami", index),
      previous: id("ami", index + 50),
      before: { version: 6, written },
      version: 7,
      moved: index !== 1,
    };
    const template = { ...row, pointer: "launch template web", before: { version: 11 }, version: 12 };
    return several ? [row, template] : [row];
  });
}

/** The Markdown of each example. */
export function documentsOf({ reportFrom, commentMarkdown, summaryMarkdown, ...summaries }) {
  const facts = {
    template: "images/web/web.json",
    image: "web",
    variables: [
      { name: "version", value: "1.24.0" },
      { name: "token", value: undefined },
    ],
    sources: [{ file: "images/web/web.json", text: SOURCE }],
    rehearsal: false,
    run: {
      url: `${REPOSITORY}/actions/runs/4711`,
      commit: SHA,
      commitUrl: `${REPOSITORY}/commit/${SHA}`,
      label: "run 4711",
      checkout: { blobUrl: `${REPOSITORY}/blob/${SHA}`, workspace: "/w", workingDirectory: "/w" },
    },
    now: BEGIN + 300_000,
  };
  const bakes = {
    success,
    failure,
    partial,
    cancelled,
    reused,
    tested: () => testedBake(["t3.micro"], passedTests(7)),
    "tests-failed": () => testedBake(["t3.micro", "m7g.large"], [...passedTests(12), ...FAILED_TESTS]),
    "many-regions": manyRegions,
    "invalid-template": invalidTemplate,
  };
  const documents = Object.entries(bakes).flatMap(([name, events]) => {
    const report = reportFrom(events());
    return [
      [`${name}-comment`, commentMarkdown(report, facts)],
      [`${name}-summary`, summaryMarkdown(report, facts)],
    ];
  });
  const plans = Object.entries(examplePlans(REGIONS, id)).flatMap(([name, preview]) => [
    [`${name}-comment`, summaries.planComment({ preview, problems: [] }, facts)],
    [`${name}-summary`, summaries.planSummary({ preview, problems: [] }, facts)],
  ]);
  const bake = { title: "`images/web`", runUrl: facts.run.url };
  const released = { released: 3, remaining: LEFT };
  return {
    ...Object.fromEntries([...documents, ...plans]),
    "rehearsal-summary": summaryMarkdown(reportFrom(success()), { ...facts, rehearsal: true }),
    "killed-summary": summaries.interruptedMarkdown({ ...bake, how: "killed" }, released),
    "cancelled-post": summaries.releaseSummary(released),
    "promote-summary": summaries.promotionSummary("Promoted", "/images/web/prod", promotion(3, true)),
    "rollback-summary": summaries.promotionSummary("Rolled back", "/images/web/prod", promotion(17, false), [
      { name: "web-20261120-1000" },
    ]),
    "promote-failed-summary": summaries.failedSummary(
      [
        {
          severity: "error",
          code: "promotion-contended",
          summary: 'Parameter "/images/web/prod" in us-east-1 was changed by another run',
          hint: "Run the promotion again.\nus-east-1: version 8, set by run 4712",
        },
      ],
      { what: 'Promotion of "/images/web/prod"' },
    ),
    "prune-summary": summaries.retentionSummary({
      text: "2 of 5 images stay (1 of them used, shared or protected), 2 were removed, 1 could not be changed",
      rows: OLDER,
    }),
    "prune-many-summary": summaries.retentionSummary({
      text: "20 of 20 images stay",
      rows: Array.from({ length: 20 }, (_, index) =>
        oldImage(index % 20, REGIONS[index % 17], { what: "stays", why: "one of the newest 30" }),
      ),
    }),
    "sweep-summary": summaries.sweepSummary(
      [
        { kind: "instance", id: id("i", 5), region: "us-east-1" },
        { kind: "key-pair", id: id("key", 6), region: "us-east-1" },
      ],
      LEFT.slice(0, 1),
      {
        dryRun: false,
        account: "123456789012",
        unfinished: [{ id: id("ami", 7), region: "eu-west-1", why: "its tests failed in run 4700" }],
      },
    ),
    "matrix-summary": summaries.matrixSummary([
      { name: "web", template: "images/web/web.json", only: "" },
      { name: "worker.amazon-ebs", template: "images/worker", only: "amazon-ebs.worker" },
    ]),
    "invalid-inputs-summary": summaries.wrongInputsSummary([
      {
        severity: "error",
        code: "invalid-input",
        summary: 'Input "template" is required',
        hint: "Set it to the path of a template.",
      },
      {
        severity: "error",
        code: "invalid-input",
        summary: 'Input "regions": "eu-wst-1" is not a Region',
        hint: 'Did you mean "eu-west-1"?',
      },
    ]),
  };
}
