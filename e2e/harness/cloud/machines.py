"""Instances with a real OpenSSH server: overlays of the host's root file system on loopback addresses 127.90.x.y, port 22."""

import base64
import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path

USERS = {"ubuntu": 2100, "ec2-user": 2101, "admin": 2102, "debian": 2103, "centos": 2104}
HIDDEN = ("tmp", "var/tmp", "home", "root", "srv", "mnt", "opt")

INIT = """
set -e
mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$UPPER,workdir=$WORK" "$ROOT"
mount -t proc proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
mount -t tmpfs tmpfs "$ROOT/run"
mkdir -p "$ROOT/run/sshd"
hostname "$NAME"
sleep "$DELAY"
if [ -x "$ROOT/var/lib/conformance-user-data" ]; then chroot "$ROOT" /var/lib/conformance-user-data </dev/null || true; fi
exec chroot "$ROOT" /usr/sbin/sshd -D -e -f /etc/ssh/conformance_config -o ListenAddress="$ADDRESS:22"
"""

CONFIG = """HostKey /etc/ssh/conformance_key
PermitRootLogin yes
PasswordAuthentication no
UsePAM no
StrictModes no
PidFile none
MaxStartups 200
MaxSessions 100
Subsystem sftp internal-sftp
"""


class Machines:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        # An overlay cannot be inside its own lower directory, so it gets a separate file system.
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=50%", "conformance", str(self.folder)], check=True)
        self.lock = threading.Lock()
        self.machines, self.processes, self.count, self.layer = {}, {}, 0, 0

    def reserve(self, name, layers, public_key, user_data):
        with self.lock:
            self.count += 1
            address = f"127.90.{os.getpid() % 250}.{self.count % 250 + 1}"
        self.machines[name] = {"address": address, "layers": layers, "key": public_key, "user_data": user_data}
        return address

    def boot(self, name, delay):
        machine, base = self.machines[name], self.folder / name
        upper, work, root = base / "upper", base / "work", base / "root"
        first = not upper.exists()
        for path in (upper, work, root):
            path.mkdir(parents=True, exist_ok=True)
        if first:
            self.prepare(upper, name, machine, bool(machine["layers"]))
        env = dict(LOWER=":".join([*reversed(machine["layers"]), "/"]), UPPER=upper, WORK=work, ROOT=root, NAME=name,
                   ADDRESS=machine["address"], DELAY=str(delay), PATH=os.environ["PATH"])
        with open(base / "console", "ab") as console:
            self.processes[name] = subprocess.Popen(
                ["unshare", "--mount", "--pid", "--fork", "--uts", "--kill-child", "sh", "-c", INIT],
                env={key: str(value) for key, value in env.items()}, stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True)

    def prepare(self, upper, name, machine, from_image):
        (upper / "etc/ssh").mkdir(parents=True, exist_ok=True)
        key = upper / "etc/ssh/conformance_key"
        for stale in (key, key.with_suffix(".pub")):
            stale.unlink(missing_ok=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        (upper / "etc/ssh/conformance_config").write_text(CONFIG)
        (upper / "etc/hosts").write_text(f"127.0.0.1 localhost\n{machine['address']} {name}\n")
        if machine["user_data"]:
            script = upper / "var/lib/conformance-user-data"
            script.parent.mkdir(parents=True, exist_ok=True)
            script.write_bytes(base64.b64decode(machine["user_data"]))
            script.chmod(0o755)
        if not from_image:
            self.accounts(upper)
        for user, uid in [("root", 0), *USERS.items()]:
            home = upper / ("root" if user == "root" else f"home/{user}")
            (home / ".ssh").mkdir(parents=True, exist_ok=True)
            with open(home / ".ssh/authorized_keys", "a") as keys:
                keys.write(machine["key"].strip() + "\n")
            for path in (home, home / ".ssh", home / ".ssh/authorized_keys"):
                os.chown(path, uid, uid)
            (home / ".ssh").chmod(0o700)

    def accounts(self, upper):
        for hidden in HIDDEN:
            (upper / hidden).mkdir(parents=True, exist_ok=True)
            os.setxattr(upper / hidden, "trusted.overlay.opaque", b"y")
        for temporary in ("tmp", "var/tmp"):
            (upper / temporary).chmod(0o1777)
        (upper / "root").chmod(0o700)
        for file, line in (("passwd", "{0}:x:{1}:{1}::/home/{0}:/bin/bash\n"), ("group", "{0}:x:{1}:\n"), ("shadow", "{0}:*:19000:0:99999:7:::\n")):
            text = Path("/etc", file).read_text()
            known = {each.split(":")[0] for each in text.splitlines()}
            (upper / "etc" / file).write_text(text + "".join(line.format(user, uid) for user, uid in USERS.items() if user not in known))
        (upper / "etc/shadow").chmod(0o640)
        (upper / "etc/sudoers.d").mkdir(parents=True, exist_ok=True)
        rule = upper / "etc/sudoers.d/90-cloud-users"
        rule.write_text("".join(f"{user} ALL=(ALL) NOPASSWD:ALL\n" for user in USERS))
        rule.chmod(0o440)

    def stop(self, name):
        process = self.processes.pop(name, None)
        if process:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def remove(self, name):
        self.stop(name)
        shutil.rmtree(self.folder / name, ignore_errors=True)

    def capture(self, name):
        """Returns the layers of the instance's image, and a copy of its own changes on top."""
        upper = self.folder / name / "upper"
        layers = list(self.machines.get(name, {}).get("layers", []))
        if not upper.exists():
            return layers
        with self.lock:
            self.layer += 1
            target = self.folder / "layers" / str(self.layer)
        target.parent.mkdir(exist_ok=True)
        subprocess.run(["cp", "-a", str(upper), str(target)], check=True)
        return [*layers, str(target)]

    def close(self):
        for name in list(self.processes):
            self.stop(name)
        subprocess.run(["umount", "-l", str(self.folder)], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
