"""Writes examples/node-red/flow.json: a flow is JSON with programs in strings, which nobody should edit by hand.

Run it after a change here or in edge/publish/wire.mjs: python tests/examples/make_node_red_flow.py
"""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FLOW = ROOT / "examples/node-red/flow.json"
TAB = "pose-edge-tab"
BROKER = "pose-edge-broker"

INFO = """\
Landmarks are decoded by the same program that browsers use. Open /pose-edge below the editor's address: people as they
are seen, and falls with a button to acknowledge them. Set the broker's address and login in its node. Before others can
reach Node-RED, set httpNodeAuth in its settings: whoever opens the page can acknowledge falls.
"""

DECODE = """
// The box is the last level but one of the topic.
msg.device = msg.topic.split("/").at(-2);
try {
    msg.payload = msg.payload[0] === 123 ? JSON.parse(msg.payload.toString()) : decode(msg.payload);
} catch (error) {
    node.warn(`${msg.topic}: ${error.message}`);
    return null;
}
return msg;
"""

REMEMBER_BODIES = """\
const bodies = flow.get("bodies") ?? {};
const before = bodies[msg.device]?.people.length;
bodies[msg.device] = { ...msg.payload, at: Date.now() };
flow.set("bodies", bodies);
const people = msg.payload.people.length;
if (people === before) return null;
node.status({ fill: people ? "green" : "grey", shape: "dot", text: `${msg.device}: ${people} in view` });
return { device: msg.device, payload: people };
"""

REMEMBER_STATE = """\
const device = msg.topic.split("/").at(-2);
const states = flow.get("states") ?? {};
const wasDown = states[device]?.fall === "ON";
states[device] = msg.payload;
flow.set("states", states);
// Acknowledged, or up again.
if (wasDown && msg.payload.fall === "OFF") {
    const falls = flow.get("falls") ?? {};
    for (const [id, fall] of Object.entries(falls)) if (fall.device === device) delete falls[id];
    flow.set("falls", falls);
}
return null;
"""

EACH_ONCE = """\
// Events are delivered at least once; the same one has the same id.
const seen = context.get("seen") ?? [];
if (seen.includes(msg.payload.id)) return null;
context.set("seen", [...seen.slice(-199), msg.payload.id]);
return msg;
"""

NOTIFY = """\
const { device, type, ts, data, confidence } = msg.payload;
const falls = flow.get("falls") ?? {};
if (type === "fall_cleared") delete falls[data.fall_id];
else if (data.fall_id) falls[data.fall_id] = { device, ts, type };
flow.set("falls", falls);
const words = {
    fall_detected: `Somebody has fallen at ${device}`,
    long_lie: `Somebody is still on the floor at ${device}, for ${Math.round(data.down_s / 60)} min`,
    help_gesture: `Somebody calls for help at ${device}`,
    fall_cleared: `At ${device} nobody is on the floor any more`,
}[type];
const open = Object.keys(falls).length;
node.status({ fill: open ? "red" : "green", shape: "dot", text: open ? words : "nobody on the floor" });
// Put what calls your people behind this node: mail, telephone, a light.
return { topic: type, device, payload: words, confidence, fall_id: data.fall_id, ts };
"""

PAGE = """\
const escape = (value) => String(value ?? "").replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
const bodies = flow.get("bodies") ?? {}, states = flow.get("states") ?? {}, falls = flow.get("falls") ?? {};
const side = [[11, 13], [13, 15], [23, 25], [25, 27], [27, 31]];
const bones = [[11, 12], [23, 24], [11, 23], [12, 24], ...side, ...side.map(([a, b]) => [a + 1, b + 1])];
const lines = ({ landmarks }, width, height) => bones
    .filter((bone) => bone.every((i) => landmarks[i][3] > 0.25))
    .map(([a, b]) => [landmarks[a], landmarks[b]].map(([x, y]) => `${(x * width).toFixed()} ${(y * height).toFixed()}`))
    .map(([from, to]) => `<path d="M${from} L${to}"/>`).join("");
// A box says something at least once a second.
const picture = ({ at, width, height, people }) => Date.now() - at > 2000 ? "" :
    `<svg viewBox="0 0 ${+width} ${+height}">${people.map((person) => lines(person, +width, +height)).join("")}</svg>`;
const box = (device) => `<section><h2>${escape(device)}</h2>
<p>${escape(states[device]?.people ?? "?")} in view, ${escape(states[device]?.posture ?? "?")}</p>
${bodies[device] ? picture(bodies[device]) : ""}</section>`;
const fall = ([id, { device, ts, type }]) => `<form method="post" action="pose-edge/acknowledge">
<b>${escape(type)} at ${escape(device)}, ${escape(ts)}</b>
<input type="hidden" name="device" value="${escape(device)}"><input type="hidden" name="fall_id" value="${escape(id)}">
<button>I take care</button></form>`;
const devices = [...new Set([...Object.keys(states), ...Object.keys(bodies)])].sort();
msg.headers = { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" };
msg.payload = `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<title>pose-edge</title><style>body{font:16px system-ui;margin:1em}svg{width:20em;background:#14171c}
path{stroke:#4fc3f7;stroke-width:6;stroke-linecap:round}form{background:#ffe1de;padding:.6em;margin:.5em 0}</style>
<h1>pose-edge</h1>${Object.entries(falls).map(fall).join("")}${devices.map(box).join("") || "no box yet"}</html>`;
return msg;
"""

ACKNOWLEDGE = """\
const { device, fall_id } = msg.payload ?? {};
if (!/^[A-Za-z0-9_-]{1,64}$/.test(device) || typeof fall_id !== "string") {
    return [null, { ...msg, statusCode: 400, payload: "device and fall_id, please" }];
}
const request = { id: `node-red-${Date.now()}`, fall_id };
return [
    { topic: `pose-edge/${device}/cmd/ack_fall`, payload: JSON.stringify(request) },
    { ...msg, statusCode: 303, headers: { location: "../pose-edge" }, payload: "" },
];
"""


def flow() -> list[dict[str, Any]]:
    """The nodes of the flow, as Node-RED imports them."""
    decoder = (ROOT / "edge/publish/wire.mjs").read_text().replace("export function decode", "function decode")
    return [
        {"id": TAB, "type": "tab", "label": "pose-edge", "info": INFO},
        {
            "id": BROKER,
            "type": "mqtt-broker",
            "name": "broker",
            "broker": "localhost",
            "port": "1883",
            "keepalive": "30",
        },
        _listen("landmarks", "buffer", 0, 60, "decode"),
        _program("decode", "decode landmarks", decoder + DECODE, 60, "bodies", left=360),
        _program("bodies", "remember bodies", REMEMBER_BODIES, 60, "people", left=600),
        _debug("people", "people in view", 60),
        _listen("state", "json", 1, 140, "states"),
        _program("states", "remember states", REMEMBER_STATE, 140, left=360),
        _listen("event", "json", 1, 220, "once"),
        _program("once", "each once", EACH_ONCE, 220, "kind", left=360),
        _alarms("kind", 220, "notify"),
        _program("notify", "notification", NOTIFY, 220, "notifications", left=700),
        _debug("notifications", "notifications", 220),
        _http("page-in", "get", "/pose-edge", 300, "page"),
        _program("page", "page", PAGE, 300, "answer", left=360),
        _http("ack-in", "post", "/pose-edge/acknowledge", 360, "ack"),
        _program("ack", "acknowledge", ACKNOWLEDGE, 360, "command", "answer", left=360),
        _node("command", "mqtt out", "command", 340, left=580, topic="", qos="1", retain="false", broker=BROKER),
        _node("answer", "http response", "", 400, left=580, statusCode="", headers={}),
        _listen("cmd/ack_fall/result", "json", 1, 460, "results"),
        _debug("results", "results of acknowledgements", 460),
    ]


def _node(name: str, kind: str, label: str, top: int, *targets: str, left: int = 120, **rest: object) -> dict[str, Any]:
    wires = [[f"pose-edge-{target}"] for target in targets] or [[]]
    place = {"id": f"pose-edge-{name}", "z": TAB, "type": kind, "name": label, "x": left, "y": top}
    return {**place, **rest, "wires": wires}


def _listen(kind: str, datatype: str, qos: int, top: int, target: str) -> dict[str, Any]:
    topic = f"pose-edge/+/{kind}"
    name = "in-" + kind.replace("/", "-")
    return _node(name, "mqtt in", kind, top, target, topic=topic, qos=str(qos), datatype=datatype, broker=BROKER)


def _program(name: str, label: str, program: str, top: int, *targets: str, left: int) -> dict[str, Any]:
    return _node(name, "function", label, top, *targets, left=left, func=program, outputs=len(targets))


def _debug(name: str, label: str, top: int) -> dict[str, Any]:
    # The whole message, in the sidebar and, for the tests of this repository, in Node-RED's log.
    return _node(name, "debug", label, top, left=900, active=True, tosidebar=True, console=True, complete="payload")


def _alarms(name: str, top: int, target: str) -> dict[str, Any]:
    kinds = ("fall_detected", "long_lie", "help_gesture", "fall_cleared")
    rules = [{"t": "eq", "v": kind, "vt": "str"} for kind in kinds]
    node = _node(name, "switch", "alarms", top, left=540, property="payload.type", propertyType="msg", rules=rules)
    return {**node, "checkall": "false", "outputs": len(kinds), "wires": [[f"pose-edge-{target}"]] * len(kinds)}


def _http(name: str, method: str, url: str, top: int, target: str) -> dict[str, Any]:
    return _node(name, "http in", url.rpartition("/")[2], top, target, url=url, method=method, upload=False)


def text() -> str:
    """The file's content."""
    return json.dumps(flow(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FLOW.write_text(text(), encoding="utf-8")
