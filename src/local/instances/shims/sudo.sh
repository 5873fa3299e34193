#!/bin/sh
# `sudo` for hosts without it. Every login of these machines may become root without a password, so the shim only has to know the
# options: a set-user-id copy of env(1) next to it becomes root, inside the machine's user namespace only.
helper=/usr/lib/bake-ami
if [ "$1" = --as-root ]; then
  shift; user=$1; shift
else
  [ -u $helper/as-root ] || { echo "sudo: not set up" >&2; exit 1; }
  user=root login= shell= quick=
  while [ $# -gt 0 ]; do
    case $1 in
      -u | --user) user=$2; shift ;;
      --user=*) user=${1#*=} ;;
      -u?*) user=${1#-u} ;;
      -g | -p | -C | -h | --group | --prompt) shift ;;
      -i | --login) login=1 ;;
      -s | --shell) shell=1 ;;
      -V | --version) echo "Sudo version 1.9 (bake-ami)"; exit 0 ;;
      -l | -v | -k | -K) quick=1 ;;
      --) shift; break ;;
      -*) ;;
      *) break ;;
    esac
    shift
  done
  [ -n "$quick" ] && [ $# = 0 ] && exit 0
  names=
  while [ $# -gt 0 ]; do
    case $1 in
      [A-Za-z_]*=*) export "$1"; names="$names ${1%%=*}"; shift ;;
      *) break ;;
    esac
  done
  if [ -n "$login" ]; then
    if [ $# -gt 0 ]; then set -- sh -lc 'cd; exec "$@"' sh "$@"; else set -- "${SHELL:-/bin/sh}" -l; fi
  elif [ -n "$shell" ] || [ $# = 0 ]; then
    if [ $# -gt 0 ]; then set -- "${SHELL:-/bin/sh}" -c "$*"; else set -- "${SHELL:-/bin/sh}"; fi
  fi
  PATH=$PATH:/usr/sbin:/sbin
  exec $helper/as-root SUDO_USER="$(id -un)" SUDO_UID="$(id -u)" SUDO_GID="$(id -g)" SUDO_PWD="$PWD" chroot --userspec=0:0 / \
    $helper/sudo --as-root "$user" "$@"
fi
entry=$(grep "^$user:" /etc/passwd) || { echo "sudo: unknown user $user" >&2; exit 1; }
IFS=: read -r name _ uid gid _ home _ <<END
$entry
END
export HOME="$home" USER="$user" LOGNAME="$user" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd "$SUDO_PWD" 2>/dev/null
unset SUDO_PWD
[ "$user" = root ] && exec "$@"
exec chroot --userspec="$user" --groups="$(id -G "$user" | tr ' ' ,)" / sh -c 'cd "$0" 2>/dev/null; exec "$@"' "$PWD" "$@"
