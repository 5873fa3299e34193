import { type CommunicationOptions, winrmPort } from "../../../communicators/options.js";

/** The server on the instance that the communicator connects to, and the options that set it. */
export interface InstanceServer {
  readonly protocol: "SSH" | "WinRM";
  readonly port: number;
  readonly portOption: "ssh_port" | "winrm_port";
  /** The address that the template sets; undefined for the one that EC2 returns. */
  readonly host: string | undefined;
  readonly hostOption: "ssh_host" | "winrm_host";
  /** The bastion host or proxy that connections come from; undefined if they come from the runner. */
  readonly via: string | undefined;
  /** Milliseconds to connect; undefined for the default. */
  readonly timeout: number | undefined;
  readonly timeoutOption: "ssh_timeout" | "winrm_timeout";
}

/** What the ways to a server depend on. */
export type ReachedServer = Pick<InstanceServer, "protocol" | "port" | "timeoutOption">;

/** Returns the server of the communicator: SSH, or WinRM, which has no bastion host. */
export function serverOf(options: CommunicationOptions): InstanceServer {
  if (options.communicator === "winrm") {
    return {
      protocol: "WinRM",
      port: winrmPort(options),
      portOption: "winrm_port",
      host: options.winrm_host || undefined,
      hostOption: "winrm_host",
      via: undefined,
      timeout: options.winrm_timeout || undefined,
      timeoutOption: "winrm_timeout",
    };
  }
  return {
    protocol: "SSH",
    port: options.ssh_port,
    portOption: "ssh_port",
    host: options.ssh_host || undefined,
    hostOption: "ssh_host",
    via: options.ssh_bastion_host || options.ssh_proxy_host || undefined,
    timeout: options.ssh_wait_timeout || options.ssh_timeout || undefined,
    timeoutOption: "ssh_timeout",
  };
}

/** Returns how messages name the server: `an SSH server on port 22`. */
export function serverText({ protocol, port }: Pick<InstanceServer, "protocol" | "port">): string {
  return `${protocol === "SSH" ? "an SSH server" : "WinRM"} on port ${port}`;
}
