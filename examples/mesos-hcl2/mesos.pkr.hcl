# The mesos example in HCL2: two Ubuntu releases, baked in parallel.

packer {
  required_version = ">= 1.7.0"
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = ">= 1.0.0"
    }
  }
}

variable "docker_version" {
  type    = string
  default = "1.5.0"
}

variable "mesos_version" {
  type    = string
  default = "0.21.1"

  validation {
    condition     = can(regex("^[0-9]+[.][0-9]+[.][0-9]+$", var.mesos_version))
    error_message = "The version of Mesos has three numbers, as in 0.21.1."
  }
}

variable "ami_prefix" {
  type    = string
  default = "example"
}

variable "region" {
  type    = string
  default = "us-east-1"
}

variable "copies" {
  description = "Regions that get a copy of each image."
  type        = list(string)
  default     = ["eu-west-1"]
}

# The newest image of each release. Nothing here depends on the host that runs the bake.
data "amazon-ami" "jammy" {
  region      = var.region
  owners      = ["099720109477"]
  most_recent = true
  filters = {
    name                = "ubuntu/images/*ubuntu-jammy-22.04-amd64-server-*"
    root-device-type    = "ebs"
    virtualization-type = "hvm"
  }
}

data "amazon-ami" "noble" {
  region      = var.region
  owners      = ["099720109477"]
  most_recent = true
  filters = {
    name                = "ubuntu/images/*ubuntu-noble-24.04-amd64-server-*"
    root-device-type    = "ebs"
    virtualization-type = "hvm"
  }
}

locals {
  include = "${path.root}/../mesos/include"
  files   = ["limits.conf", "sysctld.network.conf", "docker.logrotate", "runit-service"]
  stamp   = formatdate("YYYYMMDD-hhmmss", timestamp())

  versions = {
    docker = var.docker_version
    mesos  = var.mesos_version
  }

  services = {
    mesos-master = "/usr/sbin/mesos-master --log_dir=/var/log/mesos --work_dir=/var/lib/mesos"
    mesos-slave  = "/usr/sbin/mesos-slave --log_dir=/var/log/mesos --containerizers=docker,mesos"
  }
}

source "amazon-ebs" "ubuntu" {
  region          = var.region
  ami_regions     = var.copies
  ssh_username    = "ubuntu"
  ami_name        = "${var.ami_prefix}-mesos-${var.mesos_version}-${source.name}-${local.stamp}"
  ami_description = "Ubuntu with Docker, Runit, and Mesos"

  tag {
    key   = "os:distribution"
    value = "Ubuntu"
  }

  dynamic "tag" {
    for_each = local.versions
    content {
      key   = "${tag.key}:version"
      value = tag.value
    }
  }
}

build {
  name        = "mesos"
  description = "Ubuntu 22.04 and 24.04 with Docker, Runit and Mesos settings."

  source "source.amazon-ebs.ubuntu" {
    name          = "jammy"
    source_ami    = data.amazon-ami.jammy.id
    instance_type = "t3.micro"
  }

  source "source.amazon-ebs.ubuntu" {
    name          = "noble"
    source_ami    = data.amazon-ami.noble.id
    instance_type = "t3.small"
  }

  provisioner "file" {
    source      = "${local.include}/"
    destination = "/tmp/"
  }

  # Install the system configuration, with the versions that the boot scripts of this image expect.
  provisioner "shell" {
    inline = concat(
      [
        "sudo install -m 0644 /tmp/limits.conf /etc/security/limits.conf",
        "sudo install -D -m 0644 /tmp/sysctld.network.conf /etc/sysctl.d/60-network.conf",
        "sudo install -D -m 0644 /tmp/docker.logrotate /etc/logrotate.d/docker",
        "sudo install -m 0755 /tmp/runit-service /usr/local/bin/runit-service",
      ],
      [for name, version in local.versions : "echo '${upper(name)}_VERSION=${version}' | sudo tee /etc/default/${name}-version"],
      [for name, command in local.services : "sudo runit-service create ${name} ${command}"],
    )
  }

  # Remove the uploaded files from the image.
  provisioner "shell" {
    inline = [
      "rm -f ${join(" ", [for file in local.files : "/tmp/${file}"])}",
      "echo '${source.name} is in place:' $(ls /etc/sv)",
    ]
  }
}
