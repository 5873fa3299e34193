/**
 * Measures the ways to an instance in a private network, in one run: bake-ami through Session Manager and through an EC2 Instance Connect
 * Endpoint, AWS's session-manager-plugin and AWS CLI (version 2) if they are on PATH, and a plain connection. All transfers are by the
 * communicator of a bake and are compared by digest, so that only the tunnel differs. Every connection passes a relay of this benchmark.
 */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startLocal } from "../e2e/harness/clouds.mjs";
import { launchHost } from "../e2e/harness/tunnel-host.mjs";
import { openCommunicator } from "./communicator.mjs";
import { scratch } from "./library.mjs";
import { startRelay } from "./relay.mjs";
import { ms, ratio, table, timed } from "./report.mjs";
import { endpointOfCli, openCertificate, sessionOfPlugin } from "./tunnel-peers.mjs";
import { endpointOfOurs, plainConnection, sessionOfOurs } from "./tunnel-ways.mjs";

const MEGABYTES = process.argv.includes("--quick") ? 8 : 100;
const ROUND_TRIPS = [0, 20];
/** Number of measurements of the time to the first byte; the lowest counts. */
const FIRST_BYTES = 5;

/** The ways, and what each is compared with. */
const WAYS = [
  { name: "plain connection", open: plainConnection },
  { name: "Session Manager, session-manager-plugin", open: sessionOfPlugin },
  { name: "Session Manager, bake-ami", open: sessionOfOurs, peer: "Session Manager, session-manager-plugin" },
  { name: "endpoint, AWS CLI", open: endpointOfCli },
  { name: "endpoint, bake-ami", open: endpointOfOurs, peer: "endpoint, AWS CLI" },
];

export async function tunnels() {
  if (process.getuid?.() !== 0) return console.log("\ntunnels: skipped. Instances need root on this host.");
  const independent = process.env.BAKE_AMI_BENCH_ENDPOINT;
  const cloud = independent ? { url: independent, close: async () => undefined } : await startLocal(true);
  const host = await launchHost({ url: cloud.url, folder: scratch("login") }).catch(async (error) => {
    await cloud.close();
    throw error;
  });
  const file = join(scratch("tunnels"), "file");
  for (let i = 0; i < MEGABYTES; i++) writeFileSync(file, randomBytes(1024 * 1024), { flag: "a" });
  try {
    for (const roundTrip of ROUND_TRIPS) await compare(host, file, roundTrip);
  } finally {
    await host.close();
    await cloud.close();
  }
}

async function compare(host, file, roundTrip) {
  const certificate = openCertificate();
  const relays = {
    ssh: await startRelay({ host: host.address, port: 22 }, roundTrip),
    channel: await startRelay({ port: host.tunnelPort }, roundTrip),
    // AWS CLI connects to port 443 only, and always with TLS.
    secure: await startRelay({ port: host.tunnelPort }, roundTrip, { tls: certificate, port: 443 }),
  };
  const results = new Map();
  for (const { name, open } of WAYS) {
    const way = await open({ ...host, relays, certificate });
    if (way === undefined) process.stderr.write(`${name}: not on PATH\n`);
    else {
      results.set(name, await measure(way, file));
      process.stderr.write(`${name}, ${roundTrip} ms: ${JSON.stringify(results.get(name))}\n`);
    }
  }
  for (const relay of Object.values(relays)) await relay.close();
  const plain = results.get("plain connection");
  table(
    `Tunnels: ${MEGABYTES} MB, ${process.env.BAKE_AMI_BENCH_ENDPOINT ? "independent endpoint" : "local cloud"}, round trip ${roundTrip} ms`,
    ["way", "first byte", "upload, MB/s", "download, MB/s", "first byte", "upload", "download", "upload : plain"],
    WAYS.map(({ name, peer }) => row(name, results, { peer: results.get(peer), plain })),
  );
}

/** Returns the cells of a way: its values, and its ratios to its peer and to the plain connection. */
function row(name, results, { peer, plain }) {
  const own = results.get(name);
  if (!own) return [name, ...["not on PATH", "", "", "", "", "", ""]];
  const rate = (time) => (MEGABYTES / (time / 1000)).toFixed(time > MEGABYTES * 100 ? 2 : 0);
  const compared = peer
    ? [ratio(own.firstByte, peer.firstByte), ratio(peer.upload, own.upload), ratio(peer.download, own.download)]
    : ["", "", ""];
  return [
    ...[name, ms(own.firstByte), rate(own.upload), rate(own.download)],
    ...compared,
    ratio(plain.upload, own.upload),
  ];
}

/** Returns the milliseconds to the first byte of the SSH server, and of an upload and a download, whose digests are compared. */
async function measure(way, file) {
  let firstByte = Number.POSITIVE_INFINITY;
  for (let i = 0; i < FIRST_BYTES; i++) firstByte = Math.min(firstByte, await way.firstByte());
  const server = await way.connect();
  const communicator = await openCommunicator(server);
  const remote = `/tmp/tunnels-${process.pid}`;
  const local = join(scratch("download"), "file");
  const upload = await timed(() => communicator.uploadFile({ from: "file", path: file }, remote));
  const download = await timed(() => communicator.downloadFile(remote, local));
  let listed = "";
  const onOutput = (chunk) => {
    listed += Buffer.from(chunk);
  };
  await communicator.exec(`sha256sum ${remote}; rm ${remote}`, { onOutput });
  const digests = [await digestOf(file), await digestOf(local), listed.split(" ")[0]];
  if (new Set(digests).size > 1) throw new Error(`the digests differ: ${digests.join(", ")}`);
  await communicator.close();
  await server.close?.();
  rmSync(local);
  return { firstByte, upload, download };
}

async function digestOf(path) {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest("hex");
}
