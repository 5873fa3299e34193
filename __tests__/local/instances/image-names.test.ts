import { expect, test } from "@jest/globals";
import { containerImageOf } from "../../../src/local/instances/container/image-names.js";

test.each([
  ["ubuntu/images/hvm-ssd/ubuntu-trusty-14.04-amd64-server-*", "ubuntu:14.04"],
  ["ubuntu/images/*ubuntu-xenial-16.04-amd64-server-*", "ubuntu:16.04"],
  ["ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20250610", "ubuntu:24.04"],
  ["ubuntu-minimal/images/hvm-ssd/ubuntu-jammy-22.04-amd64-minimal-20240101", "ubuntu:22.04"],
  ["ubuntu/images/*/ubuntu-focal-*", "ubuntu:20.04"],
  ["debian-12-amd64-20240102-1614", "debian:12"],
  ["debian-13-arm64-*", "debian:13"],
  ["debian-bullseye-*", "debian:11"],
  ["al2023-ami-2023.5.20240701.0-kernel-6.1-x86_64", "amazonlinux:2023"],
  ["amzn2-ami-hvm-2.0.20240620.0-x86_64-gp2", "amazonlinux:2"],
  ["Rocky-9-EC2-Base-9.4-20240523.0.x86_64", "rockylinux:9"],
  ["CentOS Linux 7 x86_64 HVM EBS*", "centos:7"],
  ["CentOS Stream 9 x86_64 *", "quay.io/centos/centos:stream9"],
  ["Fedora-Cloud-Base-40-1.14.x86_64-hvm-us-east-1-gp3-0", "fedora:40"],
  ["RHEL-9.4.0_HVM-20240605-x86_64-82-Hourly2-GP3", "redhat/ubi9"],
  ["Windows_Server-2022-English-Full-Base-*", undefined],
  ["my-golden-image-*", undefined],
])("%s is %s", (name, image) => {
  expect(containerImageOf(name)).toBe(image);
});
