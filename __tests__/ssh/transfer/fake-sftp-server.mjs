/**
 * An SFTP server (draft-ietf-secsh-filexfer-02, version 3) that sends what a file says, for machines that mean harm. Its argument is a JSON
 * file: paths, each with `names` (a directory), or `content` and optionally `size` (a file), and `mode`. `endless` repeats the names.
 */
import { readFileSync } from "node:fs";

const tree = JSON.parse(readFileSync(process.argv[2], "utf8"));
const handles = [];
let input = Buffer.alloc(0);

process.stdin.on("data", (chunk) => {
  input = Buffer.concat([input, chunk]);
  while (input.length >= 4 && input.length >= 4 + input.readUInt32BE(0)) {
    const packet = input.subarray(4, 4 + input.readUInt32BE(0));
    input = input.subarray(4 + packet.length);
    respond(packet);
  }
});
process.stdin.on("end", () => process.exit(0));
process.stdout.on("error", () => process.exit(0));

const uint32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const string = (value) => Buffer.concat([uint32(Buffer.byteLength(value)), Buffer.from(value)]);

function send(type, ...parts) {
  const body = Buffer.concat([Buffer.from([type]), ...parts]);
  process.stdout.write(Buffer.concat([uint32(body.length), body]));
}

/** SSH_FXP_STATUS: 0 is success, 1 the end of a file, 2 a missing file. */
const status = (id, code) => send(101, id, uint32(code), string("status"), string(""));

/** Size and permissions of a path. */
function attributes(entry) {
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(entry.size ?? (entry.content ?? "").length));
  return Buffer.concat([uint32(5), size, uint32(entry.mode ?? (entry.names ? 0o40755 : 0o100644))]);
}

function respond(packet) {
  const type = packet[0];
  if (type === 1) return send(2, uint32(3));
  const id = packet.subarray(1, 5);
  const text = packet.subarray(9, 9 + packet.readUInt32BE(5));
  // STAT and LSTAT.
  if (type === 17 || type === 7) {
    const entry = tree[text.toString()];
    return entry ? send(105, id, attributes(entry)) : status(id, 2);
  }
  // OPENDIR and OPEN.
  if (type === 11 || type === 3) {
    const entry = tree[text.toString()];
    if (!entry) return status(id, 2);
    handles.push({ ...entry, sent: false });
    return send(102, id, string(String(handles.length - 1)));
  }
  const handle = handles[Number(text.toString())];
  // CLOSE.
  if (type === 4) return status(id, 0);
  // READDIR.
  if (type === 12) {
    if (handle.sent && !handle.endless) return status(id, 1);
    handle.sent = true;
    const names = handle.names.map((name) => Buffer.concat([string(name), string(name), uint32(0)]));
    return send(104, id, uint32(names.length), ...names);
  }
  // READ.
  if (type === 5) {
    const offset = Number(packet.readBigUInt64BE(9 + text.length));
    const piece = handle.content.slice(offset, offset + packet.readUInt32BE(17 + text.length));
    return piece === "" ? status(id, 1) : send(103, id, string(piece));
  }
  status(id, 8);
}
