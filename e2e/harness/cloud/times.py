"""How long each operation takes in the simulated cloud, in seconds, before scaling."""

TIMES = {
    "launch": 7.0,
    "boot": 10.0,
    "stop": 18.0,
    "terminate": 30.0,
    "image": 120.0,
    "copy": 240.0,
    "visible": 1.5,
}
