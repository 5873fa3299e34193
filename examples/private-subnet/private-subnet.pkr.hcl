# Bakes in a private subnet: no public address, no open port, no program on the runner.
#
#   bake-ami build -var subnet_id=subnet-0123456789abcdef0 examples/private-subnet
#   bake-ami build -local examples/private-subnet

packer {
  required_plugins {
    amazon = {
      version = ">= 1.3.0"
      source  = "github.com/hashicorp/amazon"
    }
  }
}

variable "subnet_id" {
  type        = string
  default     = ""
  description = "A subnet with a NAT gateway, or with VPC endpoints of ssm and ssmmessages. Empty for the default VPC."
}

variable "region" {
  type    = string
  default = "us-east-1"
}

locals {
  timestamp = formatdate("YYYYMMDDhhmmss", timestamp())
}

source "amazon-ebs" "web" {
  ami_name      = "private-web-${local.timestamp}"
  instance_type = "t3.small"
  region        = var.region
  subnet_id     = var.subnet_id
  ssh_username  = "ubuntu"

  # SSH goes through Session Manager. The SSM agent is part of the source AMI.
  ssh_interface = "session_manager"

  source_ami_filter {
    filters = {
      name                = "ubuntu/images/*/ubuntu-jammy-22.04-amd64-server-*"
      root-device-type    = "ebs"
      virtualization-type = "hvm"
    }
    owners      = ["099720109477"]
    most_recent = true
  }

  # What the agent needs to connect. It is removed after the build.
  temporary_iam_instance_profile_policy_document {
    Version = "2012-10-17"
    Statement {
      Effect = "Allow"
      Action = [
        "ssm:UpdateInstanceInformation",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
      ]
      Resource = ["*"]
    }
  }
}

build {
  sources = ["source.amazon-ebs.web"]

  provisioner "file" {
    source      = "${path.root}/motd"
    destination = "/tmp/motd"
  }

  provisioner "shell" {
    inline = ["sudo install -m 644 /tmp/motd /etc/motd", "cat /etc/motd"]
  }
}
