"""Lists in EC2's query protocol: `TagSpecification.1.Tag.2.Key=Name` and the like."""

import re


def nested(params, name):
    """Returns the tag specifications of a request: [{"ResourceType": …, "Tags": [{"Key": …, "Value": …}]}]."""
    found = {}
    for key, value in params.items():
        match = re.fullmatch(rf"{name}\.(\d+)\.(?:ResourceType|Tag\.(\d+)\.(Key|Value))", key)
        if not match:
            continue
        spec = found.setdefault(int(match.group(1)), {"ResourceType": "", "tags": {}})
        if match.group(2):
            spec["tags"].setdefault(int(match.group(2)), {"Key": "", "Value": ""})[match.group(3)] = value
        else:
            spec["ResourceType"] = value
    return [{"ResourceType": spec["ResourceType"], "Tags": list(spec["tags"].values())} for _, spec in sorted(found.items())]
