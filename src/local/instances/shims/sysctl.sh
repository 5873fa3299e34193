#!/bin/sh
# sysctl(8): kernel settings belong to the host of the sandbox, so a refused one is reported and does not fail the bake.
exec 3>&1
for real in /usr/sbin/sysctl /sbin/sysctl; do [ -x $real ] && break; done
errors=$($real "$@" 2>&1 1>&3) && exit 0
code=$?
[ -n "$errors" ] && echo "$errors" >&2
echo "$errors" | grep -qiE 'permission denied|read-only' || exit $code
echo "sysctl: kernel settings belong to the host of this sandbox and were left alone" >&2
