/** One family of source AMIs: the pattern of their names, and the container image of the same distribution and release. */
interface Family {
  readonly pattern: RegExp;
  image(release: string): string;
}

const UBUNTU_NAMES: Readonly<Record<string, string>> = {
  trusty: "14.04",
  xenial: "16.04",
  bionic: "18.04",
  focal: "20.04",
  jammy: "22.04",
  noble: "24.04",
};

const DEBIAN_NAMES: Readonly<Record<string, string>> = {
  stretch: "9",
  buster: "10",
  bullseye: "11",
  bookworm: "12",
  trixie: "13",
};

const FAMILIES: readonly Family[] = [
  { pattern: /ubuntu-\w+-(\d\d\.\d\d)/i, image: (release) => `ubuntu:${release}` },
  { pattern: /ubuntu.*?\b(\d\d\.\d\d)\b/i, image: (release) => `ubuntu:${release}` },
  {
    pattern: /ubuntu.*?\b(trusty|xenial|bionic|focal|jammy|noble)/i,
    image: (name) => `ubuntu:${UBUNTU_NAMES[name] ?? name}`,
  },
  { pattern: /debian-(\d+)\b/i, image: (release) => `debian:${release}` },
  {
    pattern: /debian-(stretch|buster|bullseye|bookworm|trixie)/i,
    image: (name) => `debian:${DEBIAN_NAMES[name] ?? name}`,
  },
  { pattern: /(?:^|\/)al(2023)-ami/i, image: () => "amazonlinux:2023" },
  { pattern: /(?:^|\/)amzn(2)-ami/i, image: () => "amazonlinux:2" },
  { pattern: /(?:^|\/)amzn-ami-(hvm|minimal|\*)/i, image: () => "amazonlinux:1" },
  { pattern: /rocky-(\d+)/i, image: (release) => `rockylinux:${release}` },
  { pattern: /almalinux.os.(\d+)/i, image: (release) => `almalinux:${release}` },
  { pattern: /centos.stream.(\d+)/i, image: (release) => `quay.io/centos/centos:stream${release}` },
  { pattern: /centos.*?\b([678])\b/i, image: (release) => `centos:${release}` },
  { pattern: /fedora-(?:cloud|server)?.*?(\d\d)\b/i, image: (release) => `fedora:${release}` },
  { pattern: /rhel-(\d+)/i, image: (release) => `redhat/ubi${release}` },
];

/**
 * The container image that replaces a source AMI, by the AMI's name (or the pattern of the search for it); undefined where none
 * does.
 */
export function containerImageOf(sourceName: string): string | undefined {
  for (const { pattern, image } of FAMILIES) {
    const release = pattern.exec(sourceName)?.[1];
    if (release !== undefined) return image(release.toLowerCase());
  }
  return undefined;
}
