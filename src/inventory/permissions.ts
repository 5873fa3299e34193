import { type PermissionScope, type PermissionStatement, regionalArns } from "../core/permissions.js";

/** The package lists that `packages: compare` stores below a parameter, in the Region of the build. */
export function packagePermissions(
  scope: PermissionScope,
  parameters: readonly { readonly name: string; readonly region: string }[],
): readonly PermissionStatement[] {
  if (parameters.length === 0) return [];
  return [
    {
      sid: "StorePackages",
      actions: ["ssm:GetParameters", "ssm:PutParameter"],
      resources: parameters.flatMap(({ name, region }) =>
        regionalArns(scope, "ssm", [region], `parameter/${name.replace(/^\//, "")}/packages/*`),
      ),
      conditions: {},
      why: "stores the package list below the parameter, and reads the earlier one",
      ifDenied: "the bake continues without a comparison",
    },
  ];
}
