"""Source images that moto does not have, for every region."""

import zlib
from datetime import datetime, timezone

from moto.ec2.models.amis import Ami

# owner, name, root device, creation date
IMAGES = [
    ("099720109477", "ubuntu/images/hvm-ssd/ubuntu-bionic-18.04-amd64-server-20230607", "/dev/sda1", "2023-06-07"),
    ("099720109477", "ubuntu/images/hvm-ssd/ubuntu-focal-20.04-amd64-server-20260901", "/dev/sda1", "2026-09-01"),
    ("099720109477", "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20260901", "/dev/sda1", "2026-09-01"),
    ("099720109477", "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20260901", "/dev/sda1", "2026-09-01"),
    ("136693071363", "debian-12-amd64-20260901-1", "/dev/xvda", "2026-09-01"),
]


def add_images(backend, region):
    for owner, name, device, day in IMAGES:
        image_id = f"ami-0{zlib.crc32(region.encode()):08x}{zlib.crc32(name.encode()):08x}"
        backend.amis[image_id] = Ami(
            backend, image_id, name=name, description=name, owner_id=owner, public=True, virtualization_type="hvm", architecture="x86_64",
            root_device_type="ebs", root_device_name=device, creation_date=datetime.fromisoformat(day).replace(tzinfo=timezone.utc))
