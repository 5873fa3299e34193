#!/bin/sh
# `reboot`, `poweroff`, `halt`, `shutdown` (shutdown(8) of systemd) for a machine whose process 1 is not systemd: they send it the
# signals that systemd takes for the same (systemd(1), SIGRTMIN+4 and +5). `shutdown` alone waits one minute, as the real one does.
name=${0##*/}
[ "$(id -u)" = 0 ] || { echo "$name: must be superuser." >&2; exit 1; }
how=38 when=now
[ "$name" = reboot ] && how=39
[ "$name" = shutdown ] && when=+1
given=
for word in "$@"; do
  case $word in
    -r | --reboot) how=39 ;;
    -h | -P | -H | -p | --poweroff | --halt) how=38 ;;
    -c) [ -r /run/shutdown.pid ] && kill "$(cat /run/shutdown.pid)" 2>/dev/null; rm -f /run/shutdown.pid; exit 0 ;;
    -*) ;;
    *) [ "$name" = shutdown ] && [ -z "$given" ] && given=1 when=$word ;;
  esac
done
case $when in
  now) seconds=0.2 ;;
  *:*) seconds=$(($(date -d "$when" +%s) - $(date +%s))); [ "$seconds" -lt 0 ] && seconds=$((seconds + 86400)) ;;
  *) minutes=${when#+}; seconds=$((minutes * 60)); [ "$minutes" = 0 ] && seconds=0.2 ;;
esac
setsid sh -c 'echo $$ >/run/shutdown.pid; sleep "$1"; kill -s "$2" 1' power "$seconds" "$how" </dev/null >/dev/null 2>&1 &
[ "$when" = now ] || echo "Shutdown scheduled in $seconds seconds, use 'shutdown -c' to cancel." >&2
exit 0
