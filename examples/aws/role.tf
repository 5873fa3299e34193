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

resource "aws_iam_role_policy" "bake" {
  name = "bake-ami"
  role = aws_iam_role.bake.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Read"
        Effect = "Allow"
        Action = [
          "ec2:DescribeImages",
          "ec2:DescribeInstances",
          "ec2:DescribeInstanceTypeOfferings",
          "ec2:DescribeKeyPairs",
          "ec2:DescribeRegions",
          "ec2:DescribeSecurityGroups",
          "ec2:DescribeSnapshots",
          "ec2:DescribeSubnets",
          "ec2:DescribeVolumes",
          "ec2:DescribeVpcs",
          "ec2:GetConsoleOutput",
        ]
        Resource = "*"
      },
      {
        Sid    = "Create"
        Effect = "Allow"
        Action = [
          "ec2:RunInstances",
          "ec2:ImportKeyPair",
          "ec2:CreateSecurityGroup",
          "ec2:CopyImage",
        ]
        Resource = "*"
      },
      {
        Sid    = "CreateImageOfOwn"
        Effect = "Allow"
        Action = [
          "ec2:CreateImage",
        ]
        Resource = "arn:${local.partition}:ec2:*:*:instance/*"
        Condition = {
          StringEquals = {
            "aws:ResourceTag/bake-ami:owner" = "bake-ami"
          }
        }
      },
      {
        Sid    = "CreateImage"
        Effect = "Allow"
        Action = [
          "ec2:CreateImage",
        ]
        Resource = [
          "arn:${local.partition}:ec2:*:*:image/*",
          "arn:${local.partition}:ec2:*:*:snapshot/*",
          "arn:${local.partition}:ec2:*:*:volume/*",
        ]
      },
      {
        Sid    = "TagAtCreation"
        Effect = "Allow"
        Action = [
          "ec2:CreateTags",
        ]
        Resource = "*"
        Condition = {
          StringEquals = {
            "ec2:CreateAction" = [
              "RunInstances",
              "ImportKeyPair",
              "CreateSecurityGroup",
              "CreateImage",
              "CopyImage",
            ]
          }
        }
      },
      {
        Sid    = "ChangeAndRemoveOwn"
        Effect = "Allow"
        Action = [
          "ec2:AuthorizeSecurityGroupIngress",
          "ec2:StopInstances",
          "ec2:TerminateInstances",
          "ec2:ModifyInstanceAttribute",
          "ec2:DeleteKeyPair",
          "ec2:DeleteSecurityGroup",
          "ec2:DeleteVolume",
          "ec2:DeregisterImage",
          "ec2:DeleteSnapshot",
          "ec2:CreateTags",
          "ec2:DeleteTags",
          "ec2:ModifyImageAttribute",
          "ec2:ModifySnapshotAttribute",
        ]
        Resource = "*"
        Condition = {
          StringEquals = {
            "aws:ResourceTag/bake-ami:owner" = "bake-ami"
          }
        }
      },
      {
        Sid    = "Parameters"
        Effect = "Allow"
        Action = [
          "ssm:PutParameter",
          "ssm:GetParameter",
          "ssm:GetParameters",
          "ssm:AddTagsToResource",
          "ssm:GetParameterHistory",
          "ssm:LabelParameterVersion",
        ]
        Resource = "arn:${local.partition}:ssm:*:${local.account}:parameter${var.parameter_path}/*"
      },
    ]
  })
}

output "role_arn" {
  description = "The input role-to-assume"
  value       = aws_iam_role.bake.arn
}
