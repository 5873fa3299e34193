/**
 * AWS's session-manager-plugin and Packer connect to the project's own local cloud, if they are on PATH, and transfer a file each way: what
 * bake-ami's tunnels are tested against is what other programs understand. Without them, the tests are skipped with a message.
 */
import assert from "node:assert/strict";
import { execFile, spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { startLocal } from "../harness/clouds.mjs";
import { CREDENTIALS, launchHost, REGION, sessionRequest } from "../harness/tunnel-host.mjs";

const execute = promisify(execFile);
/** Bytes of the transferred file. The plugin uploads less than a megabyte in a second. */
const SIZE = 3_000_000;

const hasPlugin = spawnSync("session-manager-plugin", ["--version"]).status === 0;
const packer = spawnSync("packer", ["plugins", "installed"], { encoding: "utf8" });
const hasPacker = packer.status === 0 && /packer-plugin-amazon/.test(packer.stdout);
const missingPlugin = "session-manager-plugin is not on PATH";
const missingPacker = "packer with its amazon plugin is not on PATH";

let cloud;
let folder;
let env;
before(async () => {
  if (!hasPlugin) return;
  folder = mkdtempSync(join(tmpdir(), "bake-ami-peers-"));
  cloud = await startLocal(true);
  env = {
    ...process.env,
    AWS_REGION: REGION,
    AWS_ENDPOINT_URL: cloud.url,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    CHECKPOINT_DISABLE: "1",
  };
});
after(async () => {
  await cloud?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

function digestOf(path) {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function makeFile(name) {
  const path = join(folder, name);
  writeFileSync(path, randomBytes(SIZE));
  return path;
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

test("session-manager-plugin transfers a file each way", { skip: !hasPlugin && missingPlugin }, async () => {
  const host = await launchHost({ url: cloud.url, folder });
  const port = await freePort();
  const request = sessionRequest(host.instanceId, port);
  const { $metadata, ...session } = await host.ssm.startSession(request);
  const words = [JSON.stringify(session), REGION, "StartSession", "", JSON.stringify(request), cloud.url];
  const plugin = spawn("session-manager-plugin", words, { env, stdio: ["ignore", "pipe", "inherit"] });
  try {
    await waitForText(plugin.stdout, /Waiting for connections/);
    const [sent, received] = [makeFile("sent"), join(folder, "received")];
    const checks = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes"];
    const options = ["-q", "-P", String(port), "-i", host.key, ...checks.flatMap((check) => ["-o", check])];
    const remote = `${host.user}@127.0.0.1:/tmp/sent`;
    await execute("scp", [...options, sent, remote]);
    await execute("scp", [...options, remote, received]);
    assert.equal(digestOf(received), digestOf(sent));
  } finally {
    plugin.kill();
    await new Promise((done) => plugin.once("exit", done));
    await host.ssm.terminateSession({ SessionId: session.SessionId });
    await host.close();
  }
  assert.deepEqual(await cloud.held(), {});
});

test("Packer bakes through Session Manager", {
  skip: (!hasPlugin && missingPlugin) || (!hasPacker && missingPacker),
}, async () => {
  const [sent, received] = [makeFile("by-packer"), join(folder, "from-packer")];
  const template = join(folder, "template.pkr.hcl");
  writeFileSync(
    template,
    `
source "amazon-ebs" "peer" {
  region        = "${REGION}"
  ami_name        = "packer-through-session-manager"
  skip_create_ami = true
  instance_type = "t3.micro"
  ssh_username  = "ubuntu"
  ssh_interface = "session_manager"
  source_ami_filter {
    filters     = { name = "ubuntu/images/*ubuntu-jammy-22.04-amd64-server-*" }
    owners      = ["099720109477"]
    most_recent = true
  }
  temporary_iam_instance_profile_policy_document {
    Version = "2012-10-17"
    Statement {
      Effect   = "Allow"
      Action   = ["ssmmessages:*", "ssm:UpdateInstanceInformation"]
      Resource = ["*"]
    }
  }
}
build {
  sources = ["amazon-ebs.peer"]
  provisioner "file" {
    source      = "${sent}"
    destination = "/tmp/sent"
  }
  provisioner "shell" {
    inline = ["echo '${digestOf(sent)}  /tmp/sent' | sha256sum -c"]
  }
  provisioner "file" {
    direction   = "download"
    source      = "/tmp/sent"
    destination = "${received}"
  }
}
`,
  );
  const { stdout } = await execute("packer", ["build", template], { env, maxBuffer: 16 * 1024 * 1024 });
  assert.match(stdout, /Builds finished/);
  assert.equal(digestOf(received), digestOf(sent));
  const { sessions, instances } = await cloud.held();
  assert.deepEqual({ sessions, instances }, { sessions: undefined, instances: undefined });
});

/** Resolves when a program has written text that matches. Rejects when its output ends before that. */
function waitForText(stream, pattern) {
  return new Promise((resolve, reject) => {
    let text = "";
    stream.on("data", (chunk) => {
      text += chunk;
      if (pattern.test(text)) resolve();
    });
    stream.once("end", () => reject(new Error(`the program ended: ${text}`)));
  });
}
