terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.81"
    }
  }
}

variable "subject" {
  type        = string
  description = "Who can assume the role, for example repo:OWNER/REPOSITORY:environment:images"
  validation {
    condition     = can(regex("^repo:[^*]+$", var.subject))
    error_message = "The subject must start with \"repo:\" and have no \"*\"."
  }
}

variable "parameter_path" {
  type        = string
  default     = "/images"
  description = "Path of the SSM parameters that bake-ami writes"
}

variable "create_provider" {
  type        = bool
  default     = true
  description = "false if the account has an OpenID Connect provider for GitHub already"
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  provider  = "token.actions.githubusercontent.com"
}

resource "aws_iam_openid_connect_provider" "github" {
  count          = var.create_provider ? 1 : 0
  url            = "https://${local.provider}"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "bake" {
  name_prefix          = "image-builds-"
  description          = "Bakes AMIs from GitHub Actions"
  max_session_duration = 7200
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = "arn:${local.partition}:iam::${local.account}:oidc-provider/${local.provider}" }
      Condition = {
        StringEquals = {
          "${local.provider}:aud" = "sts.amazonaws.com"
          "${local.provider}:sub" = var.subject
        }
      }
    }]
  })
}

# The policy of docs/iam.md for every bake. Generated: to change it, change the sources and run npm run docs.
data "aws_iam_policy_document" "every_bake" {
  # Reads images, instances and the network, and what is left to remove
  statement {
    sid = "Read"
    actions = [
      "ec2:DescribeImages",
      "ec2:DescribeInstanceTypeOfferings",
      "ec2:DescribeInstances",
      "ec2:DescribeKeyPairs",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSnapshots",
      "ec2:DescribeSubnets",
      "ec2:DescribeVolumes",
      "ec2:DescribeVpcs",
    ]
    resources = ["*"]
  }

  # Reads quotas and settings when a check before the launch found an error (preflight)
  statement {
    sid = "ReadForPreflight"
    actions = [
      "ec2:DescribeInstanceTypes",
      "ec2:GetAllowedImagesSettings",
      "servicequotas:GetServiceQuota",
    ]
    resources = ["*"]
  }

  # Reads what the hints of errors need
  statement {
    sid = "ReadForHints"
    actions = [
      "ec2:DescribeInstanceTypes",
      "ec2:DescribeRegions",
    ]
    resources = ["*"]
  }

  # Launches instances that have the tag of bake-ami
  statement {
    sid     = "LaunchInstance"
    actions = ["ec2:RunInstances"]
    resources = [
      "arn:${local.partition}:ec2:*:*:instance/*",
      "arn:${local.partition}:ec2:*:*:network-interface/*",
      "arn:${local.partition}:ec2:*:*:volume/*",
    ]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/bake-ami:owner"
      values   = ["bake-ami"]
    }
  }

  # Launches from the source AMI, in the network of the template
  statement {
    sid     = "LaunchFrom"
    actions = ["ec2:RunInstances"]
    resources = [
      "arn:${local.partition}:ec2:*:*:subnet/*",
      "arn:${local.partition}:ec2:*::image/*",
    ]
  }

  # Launches with the key pair and the security group that were created for the instance
  statement {
    sid     = "LaunchWithOwn"
    actions = ["ec2:RunInstances"]
    resources = [
      "arn:${local.partition}:ec2:*:*:key-pair/packer_*",
      "arn:${local.partition}:ec2:*:*:security-group/*",
    ]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/bake-ami:owner"
      values   = ["bake-ami"]
    }
  }

  # Creates the temporary key pair and the temporary security group
  statement {
    sid = "CreateForInstance"
    actions = [
      "ec2:CreateSecurityGroup",
      "ec2:ImportKeyPair",
    ]
    resources = [
      "arn:${local.partition}:ec2:*:*:key-pair/packer_*",
      "arn:${local.partition}:ec2:*:*:security-group/*",
    ]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/bake-ami:owner"
      values   = ["bake-ami"]
    }
  }

  # Creates the temporary security group in the VPC
  statement {
    sid       = "CreateGroupInVpc"
    actions   = ["ec2:CreateSecurityGroup"]
    resources = ["arn:${local.partition}:ec2:*:*:vpc/*"]
  }

  # Stops and terminates the instances of bake-ami, and removes what was created for them
  statement {
    sid = "ChangeAndRemoveInstance"
    actions = [
      "ec2:AuthorizeSecurityGroupIngress",
      "ec2:DeleteKeyPair",
      "ec2:DeleteSecurityGroup",
      "ec2:DeleteVolume",
      "ec2:ModifyInstanceAttribute",
      "ec2:StopInstances",
      "ec2:TerminateInstances",
    ]
    resources = [
      "arn:${local.partition}:ec2:*:*:instance/*",
      "arn:${local.partition}:ec2:*:*:key-pair/packer_*",
      "arn:${local.partition}:ec2:*:*:security-group/*",
      "arn:${local.partition}:ec2:*:*:volume/*",
    ]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/bake-ami:owner"
      values   = ["bake-ami"]
    }
  }

  # Reads the console of an instance that nothing can connect to
  statement {
    sid       = "ReadConsole"
    actions   = ["ec2:GetConsoleOutput"]
    resources = ["arn:${local.partition}:ec2:*:*:instance/*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/bake-ami:owner"
      values   = ["bake-ami"]
    }
  }

  # Creates the image from the instance
  statement {
    sid     = "CreateImageOfInstance"
    actions = ["ec2:CreateImage"]
    resources = [
      "arn:${local.partition}:ec2:*:*:instance/*",
      "arn:${local.partition}:ec2:*:*:volume/*",
    ]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/bake-ami:owner"
      values   = ["bake-ami"]
    }
  }

  # Creates the image with the tag of bake-ami
  statement {
    sid     = "CreateImage"
    actions = ["ec2:CreateImage"]
    resources = [
      "arn:${local.partition}:ec2:*::image/*",
      "arn:${local.partition}:ec2:*::snapshot/*",
    ]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/bake-ami:owner"
      values   = ["bake-ami"]
    }
  }

  # Reads the image that is copied
  statement {
    sid       = "CopyFrom"
    actions   = ["ec2:CopyImage"]
    resources = ["arn:${local.partition}:ec2:*::image/*"]
  }

  # Creates the copies with the tag of bake-ami
  statement {
    sid     = "CopyTo"
    actions = ["ec2:CopyImage"]
    resources = [
      "arn:${local.partition}:ec2:*::image/*",
      "arn:${local.partition}:ec2:*::snapshot/*",
    ]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/bake-ami:owner"
      values   = ["bake-ami"]
    }
  }

  # Marks, shares and removes the images of bake-ami and their snapshots
  statement {
    sid = "ChangeAndRemoveImages"
    actions = [
      "ec2:CreateTags",
      "ec2:DeleteSnapshot",
      "ec2:DeleteTags",
      "ec2:DeregisterImage",
      "ec2:ModifyImageAttribute",
      "ec2:ModifySnapshotAttribute",
    ]
    resources = [
      "arn:${local.partition}:ec2:*::image/*",
      "arn:${local.partition}:ec2:*::snapshot/*",
    ]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/bake-ami:owner"
      values   = ["bake-ami"]
    }
  }

  # Tags resources in the call that creates them
  statement {
    sid     = "TagAtCreation"
    actions = ["ec2:CreateTags"]
    resources = [
      "arn:${local.partition}:ec2:*:*:*/*",
      "arn:${local.partition}:ec2:*::image/*",
      "arn:${local.partition}:ec2:*::snapshot/*",
    ]

    condition {
      test     = "StringEquals"
      variable = "ec2:CreateAction"
      values = [
        "CopyImage",
        "CreateImage",
        "CreateSecurityGroup",
        "ImportKeyPair",
        "RunInstances",
      ]
    }
  }
}
# End of the policy

data "aws_iam_policy_document" "bake" {
  source_policy_documents = [data.aws_iam_policy_document.every_bake.json]

  statement {
    sid = "Parameters"
    actions = [
      "ssm:AddTagsToResource",
      "ssm:GetParameter",
      "ssm:GetParameterHistory",
      "ssm:GetParameters",
      "ssm:LabelParameterVersion",
      "ssm:PutParameter",
    ]
    resources = ["arn:${local.partition}:ssm:*:${local.account}:parameter${var.parameter_path}/*"]
  }
}

resource "aws_iam_role_policy" "bake" {
  name   = "bake-ami"
  role   = aws_iam_role.bake.id
  policy = data.aws_iam_policy_document.bake.json
}

output "role_arn" {
  description = "The input role-to-assume"
  value       = aws_iam_role.bake.arn
}
