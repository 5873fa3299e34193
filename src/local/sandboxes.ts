/**
 * What the local endpoint asks of the sandboxes behind its instances, and what they return. The endpoint (`src/local/endpoint/`)
 * keeps the EC2 state; a `Sandboxes` (`src/local/instances/`) keeps sandboxes that accept SSH logins. The endpoint alone (no
 * sandboxes) runs with `sandboxes: undefined`.
 */

/** A layer of files that an image consists of; opaque to the endpoint, kept in its state and passed on at launch. */
export type LayerId = string;

/** The image that a sandbox starts from. */
export interface SandboxImage {
  /** Name of the source AMI whose name pattern was mapped to what the sandbox can offer, e.g. `ubuntu/images/…-22.04-…`. */
  readonly sourceName: string;
  /** Layers made by CreateImage, oldest first; empty for a stock image. */
  readonly layers: readonly LayerId[];
}

/** What a sandbox is launched with. */
export interface LaunchRequest {
  readonly instanceId: string;
  /** Host name inside, e.g. `ip-127-65-0-1`. */
  readonly hostName: string;
  readonly image: SandboxImage;
  /** OpenSSH public key lines that login users accept; empty when launched without a key pair. */
  readonly authorizedKeys: readonly string[];
  /** Decoded user data; run at boot when it starts with `#!`. */
  readonly userData?: Uint8Array | undefined;
  /** Set for an instance of a Windows image: what its administrator logs in with by WinRM. */
  readonly windows?: WindowsLogin | undefined;
}

/** The administrator's login of a Windows instance, as EC2Launch sets it at the first boot. */
export interface WindowsLogin {
  /** What GetPasswordData returns once it is decrypted. */
  readonly password: string;
}

/** Why a sandbox went down by itself. */
export type SandboxExit = "reboot" | "poweroff" | "crash";

/** Serves a request to a Windows instance, for example of the action `WinrmReceive`, or rejects with a `RequestFault`. */
export type RequestGate = <T>(action: string, serve: () => Promise<T>) => Promise<T>;

/** A fault in place of a response: an HTTP status, or undefined where the connection ends. */
export class RequestFault extends Error {
  readonly status: number | undefined;

  constructor(status: number | undefined) {
    super(status === undefined ? "no response" : `HTTP ${status}`);
    this.name = "RequestFault";
    this.status = status;
  }
}

/** What the sandboxes report to the local cloud. */
export interface SandboxEvents {
  /** Called when the sandbox goes down without an order of the endpoint (a provisioner ran `reboot`, `shutdown`). */
  onExit(instanceId: string, how: SandboxExit): void;
  /** One line for the user, e.g. which stock image a source AMI was mapped to. */
  onNotice(text: string): void;
  /**
   * Counts a request to a Windows instance, with the faults that are set for it: runs `serve`. Rejects with a `RequestFault` in place of the
   * response.
   */
  readonly onRequest?: RequestGate | undefined;
  /** A Windows instance is recorded to this file. */
  onRecord?: ((instanceId: string, path: string) => void) | undefined;
}

/** The sandboxes of one local cloud. All methods are idempotent where EC2's are. */
export interface Sandboxes {
  readonly kind: "namespace" | "container";
  /** Returns why an image cannot be launched here at all, before anything is created; undefined if it can. */
  readonly refusal?: ((image: SandboxImage, isWindows: boolean) => string | undefined) | undefined;
  /**
   * Starts a sandbox; resolves once it accepts SSH logins. Returns the address (a loopback or container address, SSH on port 22).
   */
  launch(request: LaunchRequest): Promise<{ readonly address: string }>;
  /** Stops a sandbox and keeps its files. */
  stop(instanceId: string): Promise<void>;
  /** Starts a stopped sandbox again. */
  start(instanceId: string): Promise<{ readonly address: string }>;
  reboot(instanceId: string): Promise<void>;
  /** Stops a sandbox and forgets its files. */
  terminate(instanceId: string): Promise<void>;
  /** Lets a user log in with a public key for 60 seconds. */
  sendKey(instanceId: string, user: string, publicKey: string): Promise<void>;
  /** Console output so far (with the host key fingerprints, as cloud-init prints them). */
  console(instanceId: string): Promise<string>;
  /** Keeps what changed on the sandbox as a layer on top of those it was launched from. */
  capture(instanceId: string): Promise<LayerId>;
  /** Removes a layer that no image has any more. */
  discard(layer: LayerId): Promise<void>;
  /** Ends everything: no process, no mount stays. Also cleans what a killed run left in the same state directory. */
  close(): Promise<void>;
}
