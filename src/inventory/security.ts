import type { PackageChange, PackageList } from "../core/packages.js";
import { type VersionOrder, withoutDistribution } from "./versions.js";

/**
 * Source packages that are common targets of attacks, by their names in Debian, Ubuntu, Fedora, RHEL and Amazon Linux: they run with
 * high privileges, authenticate users, verify signatures, or parse untrusted input.
 */
const SENSITIVE: readonly RegExp[] = [
  // Kernel and boot loaders.
  /^linux($|-(signed|meta|aws|azure|gcp|kvm|oracle|hwe|restricted|firmware|image|base)\b)/,
  /^kernel\d*(\.\d+)?$|^kernel-(livepatch|srpm)/,
  /^(grub2?|grub-efi|shim|shim-signed|grub2-signed|systemd-boot|dracut|initramfs-tools|fwupd|microcode_ctl)(-|$)/,
  /^(intel-microcode|amd64-microcode|firmware-nonfree|linux-firmware)$/,
  // C library, init system, permissions.
  /^(glibc|eglibc|musl|libcap2?|libcap-ng|libxcrypt|libseccomp)$/,
  /^(systemd|dbus|dbus-broker|udev|util-linux|shadow|shadow-utils|pam|sudo|polkit|policykit-1|acl|attr|audit|apparmor|selinux-.*)$/,
  /^(sssd|krb5|cyrus-sasl2?|openldap|nss-pam-ldapd|authselect|cracklib|libpwquality)$/,
  // Logins and cryptography.
  /^(openssh|openssl\d*|openssl-fips.*|libressl|gnutls\d*|nss|nss-softokn|libgcrypt(20)?|gcrypt|gnupg2?|gpgme(1\.0)?)$/,
  /^(libssh2?|libtasn1(-6)?|nettle|libsodium|p11-kit|ca-certificates|crypto-policies|gpgv2?|libgpg-error|wolfssl|mbedtls)$/,
  // Parsers of untrusted input.
  /^(curl|wget|wget2|nghttp2|bind9?|bind9\..*|dnsmasq|unbound|ntp|chrony|postfix|exim4|sendmail|dovecot|rsync|samba|nfs-utils|cups)$/,
  /^(nginx|httpd|apache2|haproxy|squid|varnish|tomcat\d*|redis\d*|valkey|memcached|postgresql.*|mariadb.*|mysql.*)$/,
  /^(zlib|zlib-ng|xz|xz-utils|bzip2|zstd|lz4|brotli|expat|libxml2|libxslt|libarchive|tar|cpio|gzip|unzip|less|file|jq)$/,
  /^(freetype|libpng(1\.6)?|libjpeg-turbo|libwebp|tiff|libtiff|libx11|libyaml|sqlite3?|pcre2?|pcre3|glib2(\.0)?|ncurses|vim|git)$/,
  // Interpreters and package managers.
  /^(bash|dash|busybox|coreutils|perl|python(2|3)?(\.\d+)?|python\d\.\d+|ruby(\d|$).*|php(\d|$).*|nodejs.*|node|openjdk.*|java-.*|golang.*)$/,
  /^(apt|dpkg|rpm|dnf|dnf5|libdnf|yum|zypper|librepo|libsolv|snapd|debian-archive-keyring|ubuntu-keyring|.*-gpg-keys)$/,
  // Containers and cloud agents.
  /^(docker.*|moby.*|containerd.*|runc|podman|buildah|cri-o|kubernetes.*|kubelet|kubeadm|qemu|libvirt)$/,
  /^(cloud-init|amazon-ssm-agent|amazon-cloudwatch-agent|awscli|aws-cli|ec2-instance-connect|ec2-utils|walinuxagent|google-guest-agent)$/,
];

/** Returns whether a source package is a common target of attacks. */
export function isSensitive(source: string): boolean {
  return SENSITIVE.some((pattern) => pattern.test(source));
}

/** A version of a package, with its source. */
export interface VersionedSource {
  readonly source: string;
  readonly sourceVersion: string;
}

/**
 * Returns a function that rates the security relevance of a change from the package list alone, without a service. `update`: a version
 * after the old and up to the new one is a security update (from the security archive, or its changelog mentions a CVE). `sensitive`: the
 * package is a common target of attacks.
 */
export function securityRelevance(
  list: PackageList,
  order: VersionOrder,
): (old: VersionedSource | undefined, now: VersionedSource | undefined) => PackageChange["security"] {
  const comparable = list.format === "rpm" ? withoutDistribution : (version: string) => version;
  const updates = new Map<string, string[]>();
  for (const { source, version: listed } of list.securityUpdates) {
    const version = comparable(listed);
    const known = updates.get(source);
    if (known) known.push(version);
    else updates.set(source, [version]);
  }
  return (old, now) => {
    const source = now?.source ?? old?.source ?? "";
    const through =
      old !== undefined &&
      now !== undefined &&
      (updates.get(now.source) ?? []).some(
        (version) =>
          order(version, comparable(old.sourceVersion)) > 0 && order(version, comparable(now.sourceVersion)) <= 0,
      );
    // An update of Windows is a new entry, not a new version of one.
    const isNew = list.format === "windows" && old === undefined && now !== undefined && updates.has(now.source);
    if (through || isNew) return "update";
    return isSensitive(source) ? "sensitive" : undefined;
  };
}
