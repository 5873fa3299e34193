#!/usr/bin/env bash
# A container engine of its own, for tests: nothing of another engine on this machine is touched.
#
#   conformance/engine.sh start FOLDER   starts dockerd with all its data in FOLDER; prints DOCKER_HOST=unix://…
#   conformance/engine.sh stop FOLDER    ends it, with every container it runs, and removes FOLDER
#
# It needs root. On Debian and Ubuntu, start installs what is missing: docker.io, busybox-static (the tests make their base
# image of it), docker-registry (the push tests run one on loopback). The engine has no bridge and writes no firewall rules:
# containers have no network, or the host's with --network=host.
set -euo pipefail

usage() {
  echo "usage: $0 start|stop FOLDER" >&2
  exit 2
}

fail() {
  echo "engine.sh: $*" >&2
  exit 1
}

install_missing() {
  local missing=()
  command -v dockerd >/dev/null || missing+=(docker.io)
  command -v busybox >/dev/null || missing+=(busybox-static)
  command -v docker-registry >/dev/null || missing+=(docker-registry)
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null || fail "install ${missing[*]}: there is no apt-get here"
  # Packages must not start their services: policy-rc.d is Debian's way to say so.
  local policy=/usr/sbin/policy-rc.d mine=
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
    mine=1
  fi
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}"; } >&2 ||
    fail "apt-get could not install ${missing[*]}"
  [ -z "$mine" ] || rm -f $policy
}

running() {
  [ -s "$1/docker.pid" ] && kill -0 "$(cat "$1/docker.pid")" 2>/dev/null
}

start() {
  local folder=$1 driver
  [ "$(id -u)" = 0 ] || fail "dockerd needs root"
  running "$folder" && fail "an engine already runs in $folder"
  install_missing
  mkdir -p "$folder"
  # An empty configuration, so that this machine's own (/etc/docker/daemon.json) is not taken.
  echo "{}" >"$folder/daemon.json"
  for driver in overlay2 vfs; do
    dockerd --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/docker.pid" \
      --host "unix://$folder/docker.sock" --storage-driver $driver --config-file "$folder/daemon.json" \
      --bridge none --iptables=false --ip6tables=false >"$folder/log" 2>&1 </dev/null &
    local pid=$!
    for _ in $(seq 300); do
      if [ -S "$folder/docker.sock" ] && DOCKER_HOST="unix://$folder/docker.sock" docker version >/dev/null 2>&1; then
        echo "DOCKER_HOST=unix://$folder/docker.sock"
        return
      fi
      kill -0 $pid 2>/dev/null || break
      sleep 0.1
    done
    kill $pid 2>/dev/null && wait $pid || true
  done
  tail -n 20 "$folder/log" >&2
  fail "dockerd did not start; its log is $folder/log"
}

stop() {
  local folder=$1 pid
  [ -d "$folder" ] || return 0
  if running "$folder"; then
    pid=$(cat "$folder/docker.pid")
    export DOCKER_HOST=unix://$folder/docker.sock
    docker ps -aq | xargs -r docker rm --force --volumes >/dev/null || true
    kill "$pid"
    for _ in $(seq 200); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
  fi
  # What the engine mounted is let go of before its folder goes.
  awk -v under="$(realpath "$folder")/" 'index($2, under) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r umount -l
  rm -rf "$folder"
}

[ $# = 2 ] || usage
case $2 in /*) ;; *) set -- "$1" "$PWD/$2" ;; esac
case $1 in
  start) start "$2" ;;
  stop) stop "$2" ;;
  *) usage ;;
esac
