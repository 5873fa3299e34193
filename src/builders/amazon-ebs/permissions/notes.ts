import type { Diagnostic } from "../../../core/diagnostics.js";
import { setting } from "../../../core/setting.js";
import { type BakeScope, known } from "./scope.js";

/** Returns warnings about what the statements of a bake assume, because only the account shows it. */
export function assumptions({ options, settings, scope }: BakeScope): readonly Diagnostic[] {
  const note = (code: string, summary: string, hint: string): Diagnostic => ({
    severity: "warning",
    code,
    summary,
    hint,
  });
  const profile = known(options.iam_instance_profile);
  const role = known(options.assume_role?.role_arn);
  const isUnlimited =
    options.temporary_iam_instance_profile_policy_document &&
    !options.iam_instance_profile &&
    settings.permissionsBoundary === undefined;
  return [
    ...(profile !== undefined && scope.instanceRole === undefined
      ? [
          note(
            "policy-assumes-role",
            `The role of instance profile "${profile}" is assumed to have the same name`,
            'Set "-instance-role" if it has another name.',
          ),
        ]
      : []),
    ...(role === undefined
      ? []
      : [
          note(
            "policy-of-assumed-role",
            `The template assumes ${role}, which needs the statements of this policy`,
            "Give the caller only sts:AssumeRole on that role.",
          ),
        ]),
    ...(isUnlimited
      ? [
          note(
            "policy-without-boundary",
            "The template can give its temporary role every right, because the policy requires no permissions boundary",
            `Add "-boundary" here, and set ${setting("permissions-boundary")} for the bake.`,
          ),
        ]
      : []),
    ...(options.encrypt_boot === true && !options.kms_key_id
      ? [
          note(
            "policy-assumes-key",
            "The default key for EBS is assumed to be that of AWS, which needs no permission",
            "If it is a key of the account, allow the role to use it in the policy of the key.",
          ),
        ]
      : []),
    ...(options.force_deregister || settings.force
      ? [
          note(
            "policy-of-own-images",
            "The policy allows to replace only images that bake-ami created",
            "To replace images of Packer once, allow ec2:DeregisterImage and ec2:DeleteSnapshot on them.",
          ),
        ]
      : []),
  ];
}
