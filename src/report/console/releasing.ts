/** What is said when something that a bake made is let go of: Packer's words where it has some (Packer §3.2). */
const SAYINGS: Readonly<Record<string, (id: string) => string>> = {
  instance: () => "Terminating the source AWS instance...",
  "key-pair": () => "Deleting temporary keypair...",
  "security-group": () => "Deleting temporary security group...",
  volume: (id) => `Destroying volume (${id})...`,
  image: (id) => `Deregistering the AMI (${id}) and deleting its snapshots...`,
  "instance-profile": () => "Deleting temporary instance profile...",
  role: () => "Deleting temporary role...",
};

/** The line of the story for a resource that is being released. */
export function releasingText({ kind, id }: { readonly kind: string; readonly id: string }): string {
  return SAYINGS[kind]?.(id) ?? `Removing the ${kind} ${id}...`;
}
