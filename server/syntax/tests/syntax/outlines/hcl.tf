terraform {
  required_version = ">= 1.0"
}

# The bucket.
resource "aws_s3_bucket" "logs" {
  bucket = "${var.name}-${local.suffix}"
  tags   = merge(local.tags, { owner = data.aws_ami.base.id })
  lifecycle {
    prevent_destroy = true
  }
}

data "aws_ami" "base" {
  owners = [module.network.account]
}

variable "name" {
  type = string
}

locals {
  suffix = lower(aws_s3_bucket.logs.id)
  tags   = {}
}

module "network" {
  source = "./network"
}

output "arn" {
  value = aws_s3_bucket.logs.arn
}
