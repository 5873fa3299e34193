import { open } from "node:fs/promises";
import { join } from "node:path";
import { BakeError } from "../core/errors.js";
import type { TestResult } from "../core/image-tests.js";
import type { ProvisionerContext } from "../core/parts.js";
import { exitCode, howEnded } from "../provisioners/command-run.js";
import { localPath } from "../provisioners/local-files.js";
import { findRemoteUser, openProxy, type SshAccess } from "../provisioners/login-proxy.js";
import { runLocal } from "../provisioners/run-local.js";
import type { InnerTests } from "./inner-tests.js";
import { isOnRunner, type TestLine } from "./lines.js";
import { type Observed, observe } from "./observe.js";
import { findProgram, INSPEC_PROGRAMS, INSTALL } from "./programs.js";
import { readJunit } from "./read-junit.js";
import { resultsOf } from "./results.js";
import { failureOf } from "./run-script.js";

/** Most bytes that are read of InSpec's results. */
const MOST_RESULTS = 4_000_000;

/** Exit codes of InSpec that are no failure: all controls passed, or some were skipped. */
const PASSED: ReadonlySet<number> = new Set([0, 101]);

/** Exit code of InSpec whose license is not accepted. */
const NO_LICENSE = 172;

/** How InSpec ended. */
interface InspecEnd {
  readonly failure: string | undefined;
  readonly report: InnerTests | undefined;
}

/**
 * Runs `inspec exec` on the runner against the machine, which it reaches through a proxy on this host, and returns the result of each
 * test. Never rejects.
 */
export async function runInspec(line: TestLine, context: ProvisionerContext): Promise<readonly TestResult[]> {
  const { surroundings, signal, narrator } = context;
  const observed = observe(context, { quiet: false });
  const began = surroundings.clock.now();
  let end: InspecEnd;
  try {
    end = await execute(line, observed);
  } catch (error) {
    end = { failure: failureOf(error, observed, signal), report: undefined };
  }
  const duration = surroundings.clock.now() - began;
  return resultsOf({ name: line.text, duration, lastLines: observed.lastLines(), ...end }, narrator.secrets);
}

async function execute(line: TestLine, { context }: Observed): Promise<InspecEnd> {
  const { machine, surroundings } = context;
  if (machine.communicator.type === "winrm") {
    throw new BakeError("InSpec tests connect by SSH, and this instance is connected by WinRM", {
      code: "inspec-by-winrm",
    });
  }
  const program = await findProgram(INSPEC_PROGRAMS, surroundings.env);
  if (program === undefined) {
    throw new BakeError(`"inspec" is not installed on this host. ${INSTALL.inspec}`, { code: "program-not-found" });
  }
  const access = await openProxy(
    {
      user: await findRemoteUser(context),
      local_port: 0,
      ssh_host_key_file: undefined,
      ssh_authorized_key_file: undefined,
      sftp_command: undefined,
      keyType: "rsa",
    },
    context,
  );
  try {
    const profile = isOnRunner(line) ? localPath(line.target, surroundings.cwd) : line.target;
    const results = join(access.directory, "results.xml");
    const run = await runLocal(context, inspecCommand(program, profile, { access, results }), {}, INSTALL.inspec);
    const code = exitCode(run.end);
    const license = code === NO_LICENSE ? '; set the environment variable CHEF_LICENSE to "accept-silent"' : "";
    return {
      failure: PASSED.has(code) ? undefined : `InSpec ended with ${howEnded(run.end)}${license}`,
      report: await readResults(results),
    };
  } finally {
    await access.close();
  }
}

/** Returns the command line. A lock file would change the profile, and with it the hash of the tests. */
function inspecCommand(
  program: string,
  profile: string,
  { access, results }: { readonly access: SshAccess; readonly results: string },
): readonly string[] {
  const { user, host, port, keyFile } = access;
  return [
    ...[program, "exec", profile],
    ...["--backend", "ssh", "--host", host, "--port", String(port), "--user", user],
    ...(keyFile === undefined ? [] : ["--key-files", keyFile]),
    "--no-create-lockfile",
    ...["--reporter", "cli", `junit:${results}`],
  ];
}

/** Returns the results of InSpec; undefined if it has written none. */
async function readResults(path: string): Promise<InnerTests | undefined> {
  const text = await readBeginning(path);
  if (text === undefined) return undefined;
  const report = readJunit(text);
  if (text.length < MOST_RESULTS) return report;
  return { format: "JUnit XML", tests: report?.tests ?? [], problem: "The results of InSpec are too long to be read" };
}

async function readBeginning(path: string): Promise<string | undefined> {
  const file = await open(path, "r").catch(() => undefined);
  if (!file) return undefined;
  try {
    const buffer = Buffer.alloc(MOST_RESULTS);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
      length += bytesRead;
      if (bytesRead === 0) return buffer.toString("utf8", 0, length);
    }
  } finally {
    await file.close();
  }
}
