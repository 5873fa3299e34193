#!/bin/sh
# `cloud-init status [--wait]` and `clean`, the two that provisioners ask of it.
finished=/var/lib/cloud/instance/boot-finished
case $1 in
  status)
    case " $* " in *" --wait "* | *" -w "*) until [ -e $finished ]; do sleep 0.1; done ;; esac
    if [ -e $finished ]; then echo "status: done"; else echo "status: running"; fi ;;
  clean) rm -rf /var/lib/cloud/instance /var/lib/cloud/data ;;
  --version | -v) echo "/usr/bin/cloud-init 24.1" ;;
  *) exit 0 ;;
esac
