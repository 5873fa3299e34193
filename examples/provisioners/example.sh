#!/bin/sh
# Runs on the instance: writes a note about the build into the image.
set -eu
sudo tee /etc/motd >/dev/null <<MOTD
Built by ${PACKER_BUILD_NAME} (${PACKER_BUILDER_TYPE}).
MOTD
cat /etc/motd
