import cloudInit from "./shims/cloud-init.sh";
import hostnamectl from "./shims/hostnamectl.sh";
import power from "./shims/power.sh";
import sudo from "./shims/sudo.sh";
import sysctl from "./shims/sysctl.sh";
import systemctl from "./shims/systemctl.sh";
import timedatectl from "./shims/timedatectl.sh";

/** A program of a sandbox: an absolute path and the text of the script. */
export interface Shim {
  readonly path: string;
  readonly text: string;
}

/**
 * Programs that replace those of systemd and those that need a whole machine. They precede the distribution's own on the PATH;
 * `sbin` is the system directory whose power commands are replaced too, because scripts call them by their full path.
 */
export function commandShims(sbin: string): readonly Shim[] {
  return [
    ...["reboot", "poweroff", "halt", "shutdown"].flatMap((name) => [
      { path: `${sbin}/${name}`, text: power },
      { path: `/usr/local/sbin/${name}`, text: power },
    ]),
    { path: "/usr/local/bin/systemctl", text: systemctl },
    { path: "/usr/local/sbin/timedatectl", text: timedatectl },
    { path: "/usr/local/sbin/hostnamectl", text: hostnamectl },
    { path: "/usr/local/sbin/sysctl", text: sysctl },
    { path: "/usr/local/bin/cloud-init", text: cloudInit },
    { path: SUDO_SHIM, text: sudo },
  ];
}

/** `sudo` for systems that have none; it needs `AS_ROOT`. */
export const SUDO_SHIM = "/usr/lib/bake-ami/sudo";

/** A set-user-id copy of env(1), by which the `sudo` shim becomes root. */
export const AS_ROOT = "/usr/lib/bake-ami/as-root";
