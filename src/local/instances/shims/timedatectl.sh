#!/bin/sh
# timedatectl(1): sets the time zone without systemd; the clock belongs to the host of the sandbox.
case $1 in
  set-timezone)
    [ -e "/usr/share/zoneinfo/$2" ] || { echo "timedatectl: unknown time zone $2" >&2; exit 1; }
    ln -sf "/usr/share/zoneinfo/$2" /etc/localtime && echo "$2" >/etc/timezone ;;
  set-ntp | set-local-rtc) echo "timedatectl: this instance uses the host's clock, ignored: $*" >&2 ;;
  *) exec /usr/bin/timedatectl "$@" ;;
esac
