/**
 * Commands that set what only a whole machine has. Where the sandbox has its own (time zone, host name) they set it there, without
 * systemd; kernel settings belong to the host, so that `sysctl` says that it left them alone instead of failing the bake.
 */
export const hostSettingShims: Readonly<Record<string, string>> = {
  timedatectl: `#!/bin/sh
case $1 in
  set-timezone)
    [ -e "/usr/share/zoneinfo/$2" ] || { echo "timedatectl: unknown time zone $2" >&2; exit 1; }
    ln -sf "/usr/share/zoneinfo/$2" /etc/localtime && echo "$2" >/etc/timezone ;;
  set-ntp | set-local-rtc) echo "timedatectl: the clock of this machine is the host's, ignoring: $*" >&2 ;;
  *) exec /usr/bin/timedatectl "$@" ;;
esac
`,
  hostnamectl: `#!/bin/sh
case $1 in
  set-hostname | hostname)
    [ $# -gt 1 ] || exec hostname
    echo "$2" >/etc/hostname && hostname "$2" && echo "127.0.1.1 $2" >>/etc/hosts ;;
  *) exec /usr/bin/hostnamectl "$@" ;;
esac
`,
  sysctl: `#!/bin/sh
exec 3>&1
for real in /usr/sbin/sysctl /sbin/sysctl; do [ -x $real ] && break; done
errors=$($real "$@" 2>&1 1>&3) && exit 0
code=$?
[ -n "$errors" ] && echo "$errors" >&2
echo "$errors" | grep -qiE 'permission denied|read-only' || exit $code
echo "sysctl: kernel settings belong to the host of this sandbox and were left alone" >&2
`,
};
