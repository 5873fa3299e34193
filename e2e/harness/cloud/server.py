#!/usr/bin/env python3
"""An EC2, SSM, IAM and STS endpoint on moto with waiting times and faults on demand; see e2e/README.md."""

import argparse
import io
import json
import logging
import re
import signal
import socket
import threading
import time
import traceback
import urllib.parse

from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.ssm.models import ssm_backends
from werkzeug.serving import WSGIRequestHandler, make_server

from faults import Failure, Faults, Hangup
from machines import Machines
from query import nested
from states import ACCOUNT, States

ERROR = '<?xml version="1.0"?><Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors><RequestID>conformance</RequestID></Response>'


class Cloud:
    def __init__(self, scale, machines):
        self.moto = DomainDispatcherApplication(create_backend_app)
        self.faults, self.states = Faults(), States(scale, machines)
        self.lock = threading.RLock()
        self.responses = {}
        # Seconds that the Date of responses is ahead. The times in moto's records stay.
        self.passed = 0
        self.baseline = {}
        self.baseline = self.held()

    def __call__(self, environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if environ["PATH_INFO"].startswith("/_conformance/"):
            return self.control(environ["PATH_INFO"].rsplit("/", 1)[1], body, start_response)
        action, region, params = describe(environ, body)
        try:
            with self.lock:
                call = self.faults.count(action, region, params.get("DryRun") == "true")
                self.states.tick()
                self.faults.inject(call, "before")
                status, headers, response = self.call(environ, body, action, region, params)
                call["status"] = int(status.split()[0])
                self.faults.inject(call, "after")
        except Hangup:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            return []
        except Exception as error:
            failure = error if isinstance(error, Failure) else failure_of(error)
            start_response(f"{failure.status} Error", [("Content-Type", "text/xml")])
            return [ERROR.format(failure.code, failure.message).encode()]
        # The server itself sends the Date.
        start_response(status, [each for each in headers if each[0].lower() != "date"])
        return [response]

    def call(self, environ, body, action, region, params):
        """Makes one call. A repeated client token gets the first response again."""
        token = params.get("ClientToken") and (action, region, params["ClientToken"])
        if token in self.responses and token:
            return self.responses[token]
        if params.get("DryRun") != "true":
            self.states.check(action, region, params)
        result = self.forward(environ, without_snapshot_tags(body, action))
        if b"has not been implemented" in result[2]:
            raise Failure("InvalidAction", f"The action {action} is not valid for this endpoint.")
        if result[0].startswith("200"):
            ids = re.findall(r"(?<![a-z-])(?:i|ami|snap|sg|vol|lt)-[0-9a-f]{8,17}", result[2].decode("utf-8", "replace"))
            self.states.completed(action, region, params, ids)
            if token:
                self.responses[token] = result
        return result

    def forward(self, environ, body):
        seen = {}

        def start(status, headers, exc_info=None):
            seen.update(status=status, headers=headers)

        inner = dict(environ, CONTENT_LENGTH=str(len(body)))
        inner["wsgi.input"] = io.BytesIO(body)
        response = b"".join(self.moto(inner, start))
        return seen["status"], seen["headers"], response

    def control(self, verb, body, start_response):
        response = "ok"
        with self.lock:
            self.states.tick()
            if verb == "pass":
                self.passed += json.loads(body)["seconds"]
            elif verb == "faults":
                self.faults.reset(json.loads(body))
            elif verb == "forget":
                self.faults.reset([])
            elif verb == "calls":
                response = self.faults.calls
            elif verb == "baseline":
                self.baseline = self.held()
                self.passed = 0
            elif verb == "held":
                now = self.held()
                response = {kind: sorted(ids - self.baseline[kind]) for kind, ids in now.items() if ids - self.baseline[kind]}
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(response).encode()]

    def held(self):
        """Returns what the account holds, by kind. Images have their state and the mark "unfinished"."""
        found = {kind: set() for kind in ("instances", "key-pairs", "security-groups", "volumes", "images", "snapshots", "parameters", "roles", "profiles", "launch-templates")}
        for region, backend in ec2_backends[ACCOUNT].items():
            for reservation in backend.reservations.values():
                found["instances"] |= {f"{region} {i.id} {i._state.name}" for i in reservation.instances if i._state.name not in ("terminated", "shutting-down")}
            found["key-pairs"] |= {f"{region} {name}" for name in backend.key_pairs}
            found["security-groups"] |= {f"{region} {g.name}" for groups in backend.groups.values() for g in groups.values() if g.name != "default"}
            own = [image for image in backend.amis.values() if image.owner_id in (None, ACCOUNT)]
            for image in own:
                tags = {t["key"]: t["value"] for t in image.get_tags()}
                marked = " unfinished" if "bake-ami:unfinished" in tags else ""
                found["images"].add(f"{region} {image.id} {image.name} {image.state}{marked}")
            used = {image.ebs_snapshot.id for image in backend.amis.values()}
            found["snapshots"] |= {f"{region} {s}" for s in backend.snapshots if s not in used}
            found["launch-templates"] |= {f"{region} {name}" for name in backend.launch_templates}
            found["volumes"] |= {f"{region} {v.id}" for v in backend.volumes.values() if v.status == "available" and v.create_time and not v.attachment and v.get_tags()}
        for region, backend in ssm_backends[ACCOUNT].items():
            for name in list(backend._parameters.keys()):
                if not name.startswith("/aws/"):
                    found["parameters"].add(f"{region} {name} {backend._parameters[name][-1].value}")
        for backend in iam_backends[ACCOUNT].values():
            found["roles"] |= {role.name for role in backend.roles.values()}
            found["profiles"] |= {profile.name for profile in backend.instance_profiles.values()}
        return found


def failure_of(error):
    """Returns the error response for an exception: InvalidAction for what moto lacks. Other exceptions are also printed on stderr."""
    if isinstance(error, NotImplementedError):
        return Failure("InvalidAction", str(error), 400)
    traceback.print_exception(error)
    return Failure("InternalError", str(error), 500)


def describe(environ, body):
    """Returns action, region and parameters of a request, from its signature and body."""
    scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
    region = scope.group(1) if scope else "us-east-1"
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return target.rsplit(".", 1)[1], region, json.loads(body or b"{}")
    params = dict(urllib.parse.parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    action = params.pop("Action", "?")
    params["TagSpecifications"] = nested(params, "TagSpecification")
    return action, region, params


def without_snapshot_tags(body, action):
    """Removes tag specifications from CreateImage: moto cannot tag its snapshots. They are set afterwards."""
    if action != "CreateImage":
        return body
    pairs = [(k, v) for k, v in urllib.parse.parse_qsl(body.decode(), keep_blank_values=True) if not k.startswith("TagSpecification")]
    return urllib.parse.urlencode(pairs).encode()


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def date_time_string(self, timestamp=None):
        """Returns the Date of a response, by the clock of the cloud."""
        return super().date_time_string((timestamp or time.time()) + self.server.app.passed)

    def log(self, *args):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--scale", type=float, default=0.01)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--no-machines", action="store_true")
    options = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    machines = None if options.no_machines else Machines(options.folder)
    server = make_server("127.0.0.1", options.port, Cloud(options.scale, machines), threaded=True, request_handler=Quiet)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    finally:
        if machines:
            machines.close()


if __name__ == "__main__":
    main()
