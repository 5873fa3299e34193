"""States of moto's resources over time. moto makes resources ready at once; here they become ready later, as in AWS."""

import time

from moto.ec2.models import ec2_backends
from moto.ec2.utils import filter_dict_attribute_mapping

import stock
from faults import Failure
from times import TIMES

ACCOUNT = "123456789012"
CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}

# moto rejects the filter "client-token" although its instances have the token
filter_dict_attribute_mapping["client-token"] = "client_token"


class States:
    """`under_way`: pending changes, (region, id) -> (time when the change ends, what to do then)."""

    def __init__(self, scale, machines):
        self.scale, self.machines = scale, machines
        self.under_way = {}
        self.created_at = {}
        self.layers = {}
        self.stocked = set()

    def after(self, name):
        return time.time() + TIMES[name] * self.scale

    def backend(self, region):
        backend = ec2_backends[ACCOUNT][region]
        if region not in self.stocked:
            self.stocked.add(region)
            stock.add_images(backend, region)
        return backend

    def instance(self, region, instance_id):
        return next((i for r in self.backend(region).reservations.values() for i in r.instances if i.id == instance_id), None)

    def set(self, region, instance_id, state):
        instance = self.instance(region, instance_id)
        if instance:
            instance._state.name, instance._state.code = state, CODES[state]

    def tick(self):
        for key, (at, act) in list(self.under_way.items()):
            if time.time() >= at:
                del self.under_way[key]
                act()

    # --- before the call ----------------------------------------------------------------------------

    def check(self, action, region, params):
        """Raises the errors that AWS returns and moto does not."""
        backend = self.backend(region)
        if action == "CreateImage" or action == "CopyImage":
            taken = next((a for a in backend.amis.values() if a.name == params.get("Name") and a.owner_id in (None, ACCOUNT)), None)
            if taken:
                raise Failure("InvalidAMIName.Duplicate", f"AMI name {taken.name} is already in use by AMI {taken.id}")
        if action == "CopyImage":
            source = self.backend(params["SourceRegion"]).amis.get(params["SourceImageId"])
            if source and source.state != "available":
                raise Failure("InvalidAMIID.Unavailable", f"The image ID '{source.id}' is currently pending and may not be used")
        if action == "CreateImage":
            instance = self.instance(region, params.get("InstanceId"))
            if instance and instance._state.name not in ("running", "stopping", "stopped"):
                raise Failure("IncorrectInstanceState", f"Instance is not in state 'running' or 'stopped': {instance.id}")
        if action == "RunInstances":
            image = backend.amis.get(params.get("ImageId"))
            if image and image.state != "available":
                raise Failure("InvalidAMIID.Unavailable", "AMI is pending, and cannot be run")
        if action in ("ModifyImageAttribute", "EnableImageDeprecation"):
            image = backend.amis.get(params.get("ImageId"))
            if image and image.state != "available":
                raise Failure("InvalidAMIID.Unavailable", f"The image ID '{image.id}' is currently pending and may not be used")
        if action == "DeleteSecurityGroup":
            group = params.get("GroupId")
            for reservation in backend.reservations.values():
                for instance in reservation.instances:
                    if instance._state.name != "terminated" and any(g.id == group for g in instance.security_groups):
                        raise Failure("DependencyViolation", f"resource {group} has a dependent object")
        if action == "DeleteSnapshot":
            snapshot = params.get("SnapshotId")
            for image in backend.amis.values():
                if getattr(image, "ebs_snapshot", None) and image.ebs_snapshot.id == snapshot:
                    raise Failure("InvalidSnapshot.InUse", f"The snapshot {snapshot} is currently in use by {image.id}")
        for name, value in params.items():
            created_at = self.created_at.get((region, value)) if isinstance(value, str) else None
            # A new id is unknown to calls that read or change the resource, also to its deletion.
            if created_at and time.time() < created_at + TIMES["visible"] * self.scale:
                if name.startswith(("ImageId", "ResourceId")) and value.startswith("ami-"):
                    raise Failure("InvalidAMIID.NotFound", f"The image id '[{value}]' does not exist")
                if name.startswith(("InstanceId", "ResourceId")) and value.startswith("i-"):
                    raise Failure("InvalidInstanceID.NotFound", f"The instance ID '{value}' does not exist")

    # --- after the call -----------------------------------------------------------------------------

    def completed(self, action, region, params, ids):
        """Starts pending changes. `ids` are the resource ids in the response."""
        handler = getattr(self, f"on_{action}", None)
        if handler:
            handler(region, params, ids)

    def on_RunInstances(self, region, params, ids):
        for instance_id in (i for i in ids if i.startswith("i-")):
            instance = self.instance(region, instance_id)
            self.created_at[(region, instance_id)] = time.time()
            self.set(region, instance_id, "pending")
            if self.machines:
                layers = self.layers.get((region, params.get("ImageId")), [])
                key = self.backend(region).key_pairs.get(params.get("KeyName"))
                public = key.material_public.decode() if key else ""
                address = self.machines.reserve(instance_id, layers, public, params.get("UserData"))
                self.address(instance, address)
            self.under_way[(region, instance_id)] = (self.after("launch"), lambda i=instance_id: self.running(region, i))

    def address(self, instance, address):
        for nic in instance.nics.values():
            nic.public_ip = address
            nic.start = lambda: None  # moto gives a new address at each start
            nic.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": address}]

    def running(self, region, instance_id):
        self.set(region, instance_id, "running")
        if self.machines:
            self.machines.boot(instance_id, TIMES["boot"] * self.scale)

    def on_StopInstances(self, region, params, ids):
        for instance_id in set(i for i in ids if i.startswith("i-")):
            self.set(region, instance_id, "stopping")
            self.under_way[(region, instance_id)] = (self.after("stop"), lambda i=instance_id: self.set(region, i, "stopped"))
            if self.machines:
                self.machines.stop(instance_id)

    def on_TerminateInstances(self, region, params, ids):
        for instance_id in set(i for i in ids if i.startswith("i-")):
            self.set(region, instance_id, "shutting-down")
            self.under_way[(region, instance_id)] = (self.after("terminate"), lambda i=instance_id: self.set(region, i, "terminated"))
            if self.machines:
                self.machines.remove(instance_id)

    def new_image(self, region, params, ids, kind, layers):
        image = self.backend(region).amis.get(next(i for i in ids if i.startswith("ami-")))
        image.state = "pending"
        self.created_at[(region, image.id)] = time.time()
        self.layers[(region, image.id)] = layers
        tags = {"image": [], "snapshot": []}
        for spec in params.get("TagSpecifications", []):
            tags.setdefault(spec["ResourceType"], []).extend(spec["Tags"])
        for resource_id, wanted in ((image.id, tags["image"]), (image.ebs_snapshot.id, tags["snapshot"])):
            if wanted:
                self.backend(region).create_tags([resource_id], {t["Key"]: t["Value"] for t in wanted})
        self.under_way[(region, image.id)] = (self.after(kind), lambda: setattr(image, "state", "available"))

    def on_CreateImage(self, region, params, ids):
        layers = self.machines.capture(params["InstanceId"]) if self.machines else []
        self.new_image(region, params, ids, "image", layers)

    def on_CopyImage(self, region, params, ids):
        self.new_image(region, params, ids, "copy", self.layers.get((params["SourceRegion"], params["SourceImageId"]), []))

    def on_DeregisterImage(self, region, params, ids):
        self.under_way.pop((region, params["ImageId"]), None)
