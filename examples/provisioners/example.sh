#!/bin/sh
# Runs on the instance: leaves a note about the build in the image.
set -eu
sudo tee /etc/motd >/dev/null <<MOTD
Built by ${PACKER_BUILD_NAME} (${PACKER_BUILDER_TYPE}).
MOTD
cat /etc/motd
