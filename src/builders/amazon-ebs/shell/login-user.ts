/** Default users of images, by what is in their names (the distributions' documentation of their AMIs). */
const USERS: readonly (readonly [RegExp, string])[] = [
  [/ubuntu/i, "ubuntu"],
  [/debian/i, "admin"],
  [/rocky/i, "rocky"],
  [/centos/i, "centos"],
  [/fedora/i, "fedora"],
  [/bitnami/i, "bitnami"],
  [/^(amzn|al20\d\d|rhel|suse|almalinux|openeuler|flatcar)|amazon linux|red ?hat/i, "ec2-user"],
];

/** Returns the default user of an image; undefined if its name does not show its distribution. */
export function loginUserOf(imageName: string): string | undefined {
  return USERS.find(([pattern]) => pattern.test(imageName))?.[1];
}
