#!/usr/bin/env bash
# A separate container engine for tests. It does not touch other engines on the host.
#
#   e2e/harness/engine.sh start DIRECTORY   starts dockerd with all its data in DIRECTORY; prints DOCKER_HOST=unix://…
#   e2e/harness/engine.sh stop DIRECTORY    stops dockerd and its containers, and removes DIRECTORY
#   e2e/harness/engine.sh debian DIRECTORY  imports a Debian image with Python, Puppet, sudo and sshd, made by debootstrap, into the
#                                           running engine; prints BAKE_AMI_DEBIAN_IMAGE=NAME
#
# The script needs root. On Debian and Ubuntu it installs missing programs: docker.io, busybox-static (base image of the tests),
# docker-registry (the push tests run a registry on loopback), iproute2, debootstrap. The engine has its own bridge and writes no
# firewall rules. Containers can publish ports on the host; they reach the internet only with --network=host. With sudo, the user
# who called sudo can access the engine.
set -euo pipefail

DEBIAN=${BAKE_AMI_DEBIAN_SUITE:-bookworm}

usage() {
  echo "usage: $0 start|stop|debian DIRECTORY" >&2
  exit 2
}

fail() {
  echo "engine.sh: $*" >&2
  exit 1
}

# Installs the packages of missing programs. Arguments: PROGRAM=PACKAGE.
install_missing() {
  local each missing=()
  for each in "$@"; do
    command -v "${each%=*}" >/dev/null || missing+=("${each#*=}")
  done
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null || fail "install ${missing[*]}: apt-get does not exist on this host"
  # On Debian, policy-rc.d keeps packages from starting their services.
  local policy=/usr/sbin/policy-rc.d mine=
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
    mine=1
  fi
  local failed=
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}"; } >&2 ||
    failed=1
  [ -z "$mine" ] || rm -f $policy
  [ -z "$failed" ] || fail "apt-get could not install ${missing[*]}"
}

# Makes a bridge with a network that no other interface uses; prints its name.
make_bridge() {
  local number
  for number in $(seq 0 255); do
    [ -z "$(ip -o -4 address show to "10.213.$number.0/24")" ] || continue
    ip link add "bake-ami$number" type bridge 2>/dev/null || continue
    ip address add "10.213.$number.1/24" dev "bake-ami$number"
    ip link set "bake-ami$number" up
    echo "bake-ami$number"
    return
  done
  fail "no free network for a bridge in 10.213.0.0/16"
}

running() {
  [ -s "$1/docker.pid" ] && kill -0 "$(cat "$1/docker.pid")" 2>/dev/null
}

start() {
  local folder=$1 driver
  [ "$(id -u)" = 0 ] || fail "dockerd needs root"
  running "$folder" && fail "an engine already runs in $folder"
  install_missing dockerd=docker.io docker=docker.io busybox=busybox-static docker-registry=docker-registry ip=iproute2
  mkdir -p "$folder"
  # An empty configuration, so that dockerd does not read the host's /etc/docker/daemon.json.
  echo "{}" >"$folder/daemon.json"
  local bridge
  bridge=$(make_bridge)
  echo "$bridge" >"$folder/bridge"
  for driver in overlay2 vfs; do
    dockerd --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/docker.pid" \
      --host "unix://$folder/docker.sock" --storage-driver $driver --config-file "$folder/daemon.json" \
      --group "${SUDO_GID:-0}" --bridge "$bridge" --ip-forward=false --iptables=false --ip6tables=false \
      >"$folder/log" 2>&1 </dev/null &
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
  ip link delete "$bridge"
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
  [ ! -s "$folder/bridge" ] || ip link delete "$(cat "$folder/bridge")" 2>/dev/null || true
  # Unmounts what the engine mounted, so that its directory can be removed.
  awk -v under="$(realpath "$folder")/" 'index($2, under) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r umount -l
  rm -rf "$folder"
}

debian() {
  local folder=$1 image=bake-ami/debian:$DEBIAN
  running "$folder" || fail "no engine runs in $folder"
  export DOCKER_HOST=unix://$folder/docker.sock
  if ! docker image inspect "$image" >/dev/null 2>&1; then
    install_missing debootstrap=debootstrap
    debootstrap --variant=minbase --include=python3,puppet-agent,sudo,openssh-server "$DEBIAN" "$folder/debian" >"$folder/debian.log" 2>&1 || {
      tail -n 20 "$folder/debian.log" >&2
      fail "debootstrap failed; its log is $folder/debian.log"
    }
    tar -C "$folder/debian" -c . | docker import - "$image" >&2
    rm -rf "$folder/debian"
  fi
  echo "BAKE_AMI_DEBIAN_IMAGE=$image"
}

[ $# = 2 ] || usage
case $2 in /*) ;; *) set -- "$1" "$PWD/$2" ;; esac
case $1 in
  start) start "$2" ;;
  stop) stop "$2" ;;
  debian) debian "$2" ;;
  *) usage ;;
esac
