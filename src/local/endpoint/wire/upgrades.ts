import { randomUUID } from "node:crypto";
import type { UpgradeRequest } from "../../../tunnels/websocket.js";
import { cloudOf, regionOf } from "../cloud.js";
import { serveTunnel, TUNNEL_PATH } from "../ec2/networks/connect-endpoints.js";
import { authorize } from "../iam/authorization/authorize.js";
import { serveDataChannel } from "../ssm/sessions/data-channel.js";
import { DATA_CHANNEL_PATH } from "../ssm/sessions/sessions.js";
import type { CallRecord } from "./calls.js";
import type { Control } from "./control.js";
import { ServiceError } from "./errors.js";
import { applyFault, isInTunnel, NoResponse } from "./faults.js";
import { troubleOf } from "./tunnel-faults.js";

/** HTTP status of a request that became a websocket. */
const SWITCHED = 101;

/** Serves the upgrade of a request to a websocket, a data channel or a tunnel, with the faults that are set for it. */
export async function serveUpgrade(control: Control, upgrade: UpgradeRequest, clientPid: number | undefined) {
  const { request, socket } = upgrade;
  const url = new URL(request.url ?? "/", "http://localhost");
  const isTunnel = url.pathname === TUNNEL_PATH;
  const scope = request.headers.authorization ?? url.searchParams.get("X-Amz-Credential") ?? "";
  const record = control.log.begin({
    at: control.cloud.time.now(),
    service: isTunnel ? "ec2-instance-connect" : "ssmmessages",
    region: /\/([a-z0-9-]+)\/[a-z0-9-]+\/aws4_request/.exec(scope)?.[1] ?? "",
    action: isTunnel ? "OpenTunnel" : "OpenDataChannel",
    params: {},
    requestId: randomUUID(),
  });
  const fault = control.faults.next(record);
  try {
    if (fault && !isInTunnel(fault)) await applyFault(fault, clientPid);
    authorizeUpgrade(control, record, url, scope);
    const trouble = troubleOf(fault, record, clientPid);
    (isTunnel ? serveTunnel : serveDataChannel)(control.cloud, upgrade, trouble);
    record.status = SWITCHED;
  } catch (error) {
    if (error instanceof NoResponse) {
      record.error = error.how;
      socket.destroy();
    } else refuse(upgrade, record, error);
  }
}

/** Throws AccessDeniedException where the caller may not open this tunnel or data channel. */
function authorizeUpgrade({ cloud: main }: Control, record: CallRecord, url: URL, scope: string): void {
  const { service, region, action } = record;
  const accessKeyId = /(?:Credential=|^)([^/,\s]+)\//.exec(scope)?.[1] ?? "";
  // A request without a valid signature is refused where it is served.
  if (accessKeyId === "" || region === "") return;
  const cloud = cloudOf(main, accessKeyId);
  const params =
    action === "OpenTunnel"
      ? Object.fromEntries(url.searchParams)
      : { SessionId: url.pathname.slice(DATA_CHANNEL_PATH.length) };
  const call = {
    cloud,
    region: regionOf(cloud, region),
    action,
    params,
    accessKeyId,
    host: url.host,
    asked: record.asked,
  };
  authorize(call, { name: service, protocol: "upgrade" });
}

function refuse({ socket }: UpgradeRequest, record: CallRecord, error: unknown): void {
  const { status, code, message } =
    error instanceof ServiceError ? error : { status: 500, code: "InternalError", message: String(error) };
  record.status = status;
  record.error = code;
  const body = JSON.stringify({ message });
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nconnection: close\r\nx-amzn-requestid: ${record.requestId}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
