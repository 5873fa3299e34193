import { afterAll, beforeAll, beforeEach, expect } from "@jest/globals";
import { type Clock, unlessAborted } from "../../../../src/core/clock.js";
import type { ImageTestSettings, TestResult } from "../../../../src/core/image-tests.js";
import type { ImageTests } from "../../../../src/core/parts.js";
import type { Fault } from "../../../../src/local/endpoint/wire/faults.js";
import { describe, test } from "../../../ssh/openssh.js";
import { type Sshd, startSshd } from "../../../ssh/sshd.js";
import { impatient, testCloud } from "../../../support/cloud.js";
import { settings } from "../../../support/context.js";
import { amis, bake, heldImages } from "../bake.js";
import { sandboxesAt } from "../machine/sandboxes-at.js";
import { reportOf, tests } from "./requested.js";

const CONSOLE = Array.from({ length: 40 }, (_, n) => `line ${n}`);
const SECRET = "s3cret-of-the-template";
const cloud = testCloud({
  scale: 0,
  sandboxes: sandboxesAt("127.95.0.1", {
    console: async () => [...CONSOLE, `password ${SECRET}\u001b[2J`].join("\r\n"),
  }),
});
let sshd: Sshd;

beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());
beforeEach(() => {
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
  cloud.endpoint().faults([]);
});

const IMPAIRED: Fault = { action: "RunInstances", nth: 2, do: "impair" };
const nothing = async () => [];

const calls = (action: string) =>
  cloud
    .endpoint()
    .calls()
    .filter((call) => call.action === action);

/** The circumstances of a retest in addition to its tests. */
interface Retest {
  readonly options?: Parameters<typeof bake>[1];
  readonly faults?: readonly Fault[];
  readonly circumstances?: Parameters<typeof bake>[2];
}

/** A bake without a login, whose image a second one reuses: it only tests it, by SSH. */
async function retest(name: string, asked: ImageTests, { options, faults = [], circumstances: more }: Retest = {}) {
  const circumstances = { fingerprint: name, settings: { skipUnchanged: { enabled: true, maxAge: undefined } } };
  amis(await bake(cloud, { ami_name: name }, circumstances));
  cloud.endpoint().forget();
  cloud.endpoint().faults(faults);
  const bySsh = {
    communicator: "ssh",
    ssh_host: "127.0.0.1",
    ssh_port: sshd.port,
    ssh_username: sshd.user,
    ssh_private_key_file: sshd.keyFile,
    ssh_timeout: "2s",
  };
  return bake(cloud, { ami_name: `${name} 2`, ...bySsh, ...options }, { ...circumstances, tests: asked, ...more });
}

/** A clock on which the timeout of a test is over when `expire` is called. */
function untilExpired(timeout: number) {
  let expire: () => void = () => undefined;
  const expired = new Promise<void>((resolve) => {
    expire = resolve;
  });
  const clock: Clock = {
    ...impatient,
    sleep: (ms, signal) => (ms === timeout ? unlessAborted(expired, signal) : impatient.sleep(ms, signal)),
  };
  return { clock, expire: () => expire() };
}

const asked = (run: ImageTests["run"], more: Partial<ImageTestSettings> = {}): ImageTests => ({ ...tests(more), run });
const result = (name: string, more: Partial<TestResult> = {}): TestResult => ({
  ...{ name, outcome: "passed", duration: 1, message: undefined, output: [] },
  ...more,
});

describe("a login", () => {
  test("gives the tests a machine, whose results follow those of the boot", async () => {
    const run: ImageTests["run"] = async ({ communicator, data }, type, signal) => {
      const lines: string[] = [];
      await communicator.exec("echo at work", {
        signal,
        onOutput: (chunk) => lines.push(`${Buffer.from(chunk)}`.trim()),
      });
      return [result(`${lines.join()} ${type} ${data.SourceAMI === reused}`), result("two", { outcome: "skipped" })];
    };
    const reused = "unknown";
    const ended = await retest("logs in", asked(run));
    expect(ended.error).toBeUndefined();
    const [instance] = reportOf(ended).instances;
    expect(instance?.results.map(({ name, outcome }) => `${name}: ${outcome}`)).toEqual([
      "boot: running: passed",
      "boot: status checks: passed",
      "boot: login: passed",
      "at work t3.micro false: passed",
      "two: skipped",
    ]);
    expect(cloud.endpoint().held()).toEqual({ images: expect.any(Array) });
  });

  test("that is refused is a failed test, with the console without secrets", async () => {
    const options = {
      ssh_private_key_file: "",
      ssh_password: "wrong",
      ssh_handshake_attempts: 1,
      access_key: "AKIA1",
      secret_key: SECRET,
    };
    const ended = await retest("refused", asked(nothing), { options });
    expect(ended.error).toMatchObject({ code: "image-tests-failed" });
    const [, , login] = reportOf(ended).instances[0]?.results ?? [];
    expect(login).toMatchObject({ name: "boot: login", outcome: "failed" });
    expect(login?.message).toMatch(/^SSH authentication failed 1 time/);
    expect(login?.output).toEqual([...CONSOLE.slice(-29), "password <sensitive>"]);
    expect(heldImages(cloud)).toEqual(["us-east-1/refused"]);
  });

  test("as another user uses a temporary key pair, not the password of the template's user", async () => {
    const options = { ssh_private_key_file: "", ssh_password: SECRET, ssh_handshake_attempts: 1 };
    const ended = await retest("other user", asked(nothing, { sshUsername: "auditor" }), { options });
    expect(reportOf(ended).outcome).toBe("failed");
    expect(calls("ImportKeyPair")).toHaveLength(1);
    expect(calls("RunInstances")[0]?.params).toMatchObject({ KeyName: expect.stringMatching(/^packer_/) });
    expect(cloud.endpoint().held()).toEqual({ images: expect.any(Array) });
  });

  test("is ended when the status checks fail", async () => {
    const options = { ssh_port: 9, ssh_timeout: "24h" };
    const ended = await retest("impaired", asked(nothing), { options, faults: [{ ...IMPAIRED, nth: 1 }] });
    expect(reportOf(ended).instances[0]?.results.slice(1)).toMatchObject([
      { name: "boot: status checks", outcome: "failed" },
      { name: "boot: login", outcome: "skipped", message: "the status checks failed" },
    ]);
  });

  test("has failed when the test is over its timeout", async () => {
    const { clock, expire } = untilExpired(1_800_000);
    const routeTo = async () => {
      setTimeout(expire, 0);
      return undefined;
    };
    const options = { ssh_port: 9, ssh_timeout: "24h" };
    const ended = await retest("slow", asked(nothing), { options, circumstances: { clock, routeTo } });
    expect(reportOf(ended).instances[0]?.results[2]).toMatchObject({
      name: "boot: login",
      outcome: "failed",
      message: 'The test did not end within 30 minutes ("test-timeout")',
    });
    expect(cloud.endpoint().held()).toEqual({ images: expect.any(Array) });
  });

  test("and tests that hang until the timeout have failed", async () => {
    const { clock, expire } = untilExpired(1_800_000);
    const hang: ImageTests["run"] = (_machine, _type, signal) => {
      setTimeout(expire, 0);
      return unlessAborted(new Promise(() => undefined), signal);
    };
    const ended = await retest("stuck", asked(hang), { circumstances: { clock } });
    expect(reportOf(ended).instances[0]?.results.slice(2)).toMatchObject([
      { name: "boot: login", outcome: "passed" },
      { name: "tests", outcome: "failed", message: 'The test did not end within 30 minutes ("test-timeout")' },
    ]);
    expect(cloud.endpoint().held()).toEqual({ images: expect.any(Array) });
  });

  test("that a call of AWS prevents is no failed test", async () => {
    const faults = [
      { action: "DescribeInstanceStatus", do: "error", code: "UnauthorizedOperation", status: 403 },
    ] as const;
    const ended = await retest("denied", asked(nothing), { faults });
    expect(ended.error).toMatchObject({
      code: "image-not-tested",
      message: expect.stringContaining("DescribeInstanceStatus"),
    });
    expect(heldImages(cloud)).toEqual(["us-east-1/denied"]);
  });
});

describe("an image that could not be tested", () => {
  const refused = (code: string, message = "refused", status = 400): Fault[] =>
    Array.from({ length: 30 }, (_, n) => ({ action: "RunInstances", nth: n + 2, do: "error", code, message, status }));
  test.each<[string, readonly Fault[], RegExp]>([
    [
      "there is no capacity",
      refused("InsufficientInstanceCapacity", "no machines"),
      /^AMI ami-\w+ was not tested: EC2 has no capacity for the test instance in us-east-1/,
    ],
    [
      "the launch is denied",
      refused("UnauthorizedOperation", "You are not authorized", 403),
      /was not tested: .*RunInstances/,
    ],
    [
      "the type is of another architecture",
      refused(
        "InvalidParameterValue",
        "The architecture 'arm64' of the specified instance type does not match the architecture 'x86_64' of the specified AMI.",
      ),
      /was not tested: /,
    ],
    [
      "the host of EC2 is impaired",
      [{ ...IMPAIRED, code: "system" }],
      /was not tested: the system status check is impaired/,
    ],
    [
      "the volume's key cannot be used",
      [{ action: "RunInstances", nth: 2, do: "fail", code: "Client.InternalError" }],
      /was not tested: Instance i-\w+ is terminated/,
    ],
  ])("because %s stays unfinished, and a rerun tests it", async (name, faults, message) => {
    cloud.endpoint().faults(faults);
    const options = { ami_name: `untested ${name}`.slice(0, 60), ami_regions: ["eu-west-1"] };
    const failed = await bake(cloud, options, { tests: tests(), fingerprint: name });
    expect(failed.error).toMatchObject({
      code: "image-not-tested",
      message: expect.stringMatching(message),
      hint: expect.stringContaining("Run the bake again"),
    });
    expect(failed.events.filter(({ type }) => type === "image-tested")).toEqual([]);
    expect(failed.kept).toEqual([]);
    expect(Object.keys(cloud.endpoint().held())).toEqual(["images"]);
    cloud.endpoint().forget();
    cloud.endpoint().faults([]);
    const second = { ownership: { ...settings().ownership, attempt: "2" } };
    const again = await bake(cloud, options, { tests: tests(), fingerprint: name, settings: second });
    expect(amis(again).tests?.outcome).toBe("passed");
    expect(calls("CreateImage")).toEqual([]);
    expect(calls("RunInstances")).toHaveLength(1);
    expect(heldImages(cloud)).toHaveLength(2);
  });

  test("because the bake is cancelled in the middle is resumed", async () => {
    const stop = new AbortController();
    const options = { ami_name: "cancelled", ami_regions: ["eu-west-1"] };
    cloud.endpoint().faults([{ action: "DescribeInstanceStatus", do: "hang", times: 9 }]);
    const bakes = bake(cloud, options, { tests: tests(), fingerprint: "cancelled", signal: stop.signal });
    while (calls("DescribeInstanceStatus").length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort();
    expect((await bakes).error).toBeInstanceOf(Error);
    expect(Object.keys(cloud.endpoint().held())).toEqual(["images"]);
    cloud.endpoint().faults([]);
    const second = { ownership: { ...settings().ownership, attempt: "2" } };
    expect(
      amis(await bake(cloud, options, { tests: tests(), fingerprint: "cancelled", settings: second })).tests?.outcome,
    ).toBe("passed");
    expect(cloud.endpoint().held()).toEqual({ images: expect.any(Array) });
  });
});
