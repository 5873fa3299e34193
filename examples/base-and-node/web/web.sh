#!/bin/sh
# Adds the web node's files to the base.
set -eu
sudo mkdir -p /srv/www
sudo install -m 0644 /tmp/web/index.html /srv/www/index.html
echo "the web node is in place"
