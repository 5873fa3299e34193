#!/bin/sh
# hostnamectl(1): sets the host name without systemd.
case $1 in
  set-hostname | hostname)
    [ $# -gt 1 ] || exec hostname
    echo "$2" >/etc/hostname && hostname "$2" && echo "127.0.1.1 $2" >>/etc/hosts ;;
  *) exec /usr/bin/hostnamectl "$@" ;;
esac
