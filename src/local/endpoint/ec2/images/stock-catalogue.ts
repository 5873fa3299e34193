/** An owner of public images, with the alias EC2 knows it by. */
interface Owner {
  readonly id: string;
  readonly alias?: string | undefined;
}

const CANONICAL: Owner = { id: "099720109477", alias: "amazon" };
const DEBIAN: Owner = { id: "136693071363", alias: "amazon" };
const AMAZON: Owner = { id: "137112412989", alias: "amazon" };
const ROCKY: Owner = { id: "792107900819" };
const FEDORA: Owner = { id: "125523088429" };
const MARKETPLACE: Owner = { id: "679593333241", alias: "aws-marketplace" };
const RED_HAT: Owner = { id: "309956199498", alias: "amazon" };
const ALMA: Owner = { id: "764336703387" };

/** A public image that the local cloud has in each region. */
export interface StockImage {
  readonly owner: Owner;
  /** `ARCH` stands for the architecture as its maker writes it. */
  readonly name: string;
  /** Architectures by how the name says them. */
  readonly arch: Readonly<Record<string, "x86_64" | "arm64">>;
  readonly device: "/dev/sda1" | "/dev/xvda";
  /** Date of creation. */
  readonly made: string;
  /** Date of deprecation; most are not, so that templates of any age find theirs. */
  readonly gone?: string | undefined;
  readonly disk?: "gp2" | "gp3" | undefined;
  readonly size?: number | undefined;
  readonly imds?: "v2.0" | undefined;
  readonly description?: string | undefined;
  /** Names of the public parameters that hold its id. */
  readonly parameters?: readonly string[] | undefined;
}

const DEB = { amd64: "x86_64", arm64: "arm64" } as const;
const DEB_X86 = { amd64: "x86_64" } as const;
const RPM = { x86_64: "x86_64", arm64: "arm64" } as const;
const RPM_X86 = { x86_64: "x86_64" } as const;
const AARCH = { x86_64: "x86_64", aarch64: "arm64" } as const;

function ubuntu(
  suite: string,
  version: string,
  serial: string,
  disk: "gp2" | "gp3",
  arch: StockImage["arch"],
): StockImage {
  const folder = disk === "gp3" ? "hvm-ssd-gp3" : "hvm-ssd";
  const made = `${serial.slice(0, 4)}-${serial.slice(4, 6)}-${serial.slice(6, 8)}`;
  return {
    owner: CANONICAL,
    name: `ubuntu/images/${folder}/ubuntu-${suite}-${version}-ARCH-server-${serial}`,
    arch,
    device: "/dev/sda1",
    made,
    disk,
    description: `Canonical, Ubuntu, ${version} LTS, ARCH ${suite} image build on ${made}`,
    parameters: [version, suite].map(
      (release) => `/aws/service/canonical/ubuntu/server/${release}/stable/current/ARCH/hvm/ebs-${disk}/ami-id`,
    ),
  };
}

/** The public images of the local cloud; of those with the same public parameter, the newest comes last. */
export const STOCK: readonly StockImage[] = [
  { ...ubuntu("precise", "12.04", "20170502", "gp2", DEB_X86), gone: "2019-05-02" },
  ubuntu("trusty", "14.04", "20191107", "gp2", DEB_X86),
  ubuntu("xenial", "16.04", "20210928", "gp2", DEB),
  ubuntu("bionic", "18.04", "20230607", "gp2", DEB),
  ubuntu("focal", "20.04", "20250603", "gp2", DEB),
  ubuntu("jammy", "22.04", "20260810", "gp2", DEB),
  ubuntu("jammy", "22.04", "20260910", "gp2", DEB),
  ubuntu("noble", "24.04", "20260820", "gp3", DEB),
  ubuntu("noble", "24.04", "20260920", "gp3", DEB),
  { owner: DEBIAN, name: "debian-11-ARCH-20260831-2222", arch: DEB, device: "/dev/xvda", made: "2026-08-31" },
  { owner: DEBIAN, name: "debian-12-ARCH-20260905-2227", arch: DEB, device: "/dev/xvda", made: "2026-09-05" },
  {
    owner: DEBIAN,
    name: "debian-13-ARCH-20260907-2229",
    arch: DEB,
    device: "/dev/xvda",
    made: "2026-09-07",
    disk: "gp3",
  },
  {
    owner: AMAZON,
    name: "amzn-ami-hvm-2018.03.0.20230306.1-ARCH-gp2",
    arch: RPM_X86,
    device: "/dev/xvda",
    made: "2023-03-06",
    parameters: ["/aws/service/ami-amazon-linux-latest/amzn-ami-hvm-ARCH-gp2"],
  },
  {
    owner: AMAZON,
    name: "amzn2-ami-hvm-2.0.20260901.0-ARCH-gp2",
    arch: RPM,
    device: "/dev/xvda",
    made: "2026-09-01",
    parameters: ["/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-ARCH-gp2"],
  },
  {
    owner: AMAZON,
    name: "amzn2-ami-kernel-5.10-hvm-2.0.20260901.0-ARCH-gp2",
    arch: RPM,
    device: "/dev/xvda",
    made: "2026-09-01",
    parameters: ["/aws/service/ami-amazon-linux-latest/amzn2-ami-kernel-5.10-hvm-ARCH-gp2"],
  },
  {
    owner: AMAZON,
    name: "al2023-ami-2023.8.20260915.0-kernel-6.1-ARCH",
    arch: RPM,
    device: "/dev/xvda",
    made: "2026-09-15",
    disk: "gp3",
    imds: "v2.0",
    parameters: ["kernel-6.1", "kernel-default"].map(
      (kernel) => `/aws/service/ami-amazon-linux-latest/al2023-ami-${kernel}-ARCH`,
    ),
  },
  {
    owner: AMAZON,
    name: "al2023-ami-minimal-2023.8.20260915.0-kernel-6.1-ARCH",
    arch: RPM,
    device: "/dev/xvda",
    made: "2026-09-15",
    disk: "gp3",
    size: 2,
    imds: "v2.0",
    parameters: ["/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-ARCH"],
  },
  {
    owner: ROCKY,
    name: "Rocky-8-EC2-Base-8.10-20260525.0.ARCH",
    arch: AARCH,
    device: "/dev/sda1",
    made: "2026-05-25",
    size: 10,
  },
  {
    owner: ROCKY,
    name: "Rocky-9-EC2-Base-9.6-20260531.0.ARCH",
    arch: AARCH,
    device: "/dev/sda1",
    made: "2026-05-31",
    size: 10,
  },
  {
    owner: ALMA,
    name: "AlmaLinux OS 9.6.20260522 ARCH",
    arch: AARCH,
    device: "/dev/sda1",
    made: "2026-05-22",
    size: 10,
  },
  {
    owner: MARKETPLACE,
    name: "CentOS Linux 7 ARCH HVM EBS ENA 2002_01-b7ee8a69-ee97-4a49-9e68-afaee216db2e-ami-0042af67f8e4dcc20.4",
    arch: RPM_X86,
    device: "/dev/sda1",
    made: "2020-03-09",
  },
  {
    owner: FEDORA,
    name: "CentOS 7.9.2009 ARCH",
    arch: AARCH,
    device: "/dev/sda1",
    made: "2020-11-12",
  },
  {
    owner: FEDORA,
    name: "CentOS Stream 9 ARCH 20260915",
    arch: AARCH,
    device: "/dev/sda1",
    made: "2026-09-15",
    size: 10,
  },
  {
    owner: FEDORA,
    name: "Fedora-Cloud-Base-AmazonEC2.ARCH-42-1.1",
    arch: AARCH,
    device: "/dev/sda1",
    made: "2026-04-15",
    disk: "gp3",
  },
  {
    owner: FEDORA,
    name: "Fedora-Cloud-Base-AmazonEC2.ARCH-43-1.6",
    arch: AARCH,
    device: "/dev/sda1",
    made: "2026-10-28",
    disk: "gp3",
  },
  {
    owner: RED_HAT,
    name: "RHEL-7.9_HVM-20260530-ARCH-0-Hourly2-GP3",
    arch: RPM_X86,
    device: "/dev/sda1",
    made: "2026-05-30",
    size: 10,
  },
  {
    owner: RED_HAT,
    name: "RHEL-8.10.0_HVM-20260715-ARCH-0-Hourly2-GP3",
    arch: RPM,
    device: "/dev/sda1",
    made: "2026-07-15",
    size: 10,
  },
  {
    owner: RED_HAT,
    name: "RHEL-9.6.0_HVM-20260820-ARCH-0-Hourly2-GP3",
    arch: RPM,
    device: "/dev/sda1",
    made: "2026-08-20",
    size: 10,
  },
];
