from collections.abc import Callable

import pytest

from edge.config.keys import LISTS, TABLES
from edge.errors import ConfigError, ExitCode

Mistakes = Callable[..., list[str]]

NO_KEY_OF_TRACK = (
    "names the table track and none of its keys: write POSE_EDGE_TRACK_ and one of birth_hits, occlusion_s in capitals"
)
WHY = "a person who is only hidden has not left"


def test_a_wrong_configuration_has_its_exit_code() -> None:
    assert ConfigError.exit_code is ExitCode.CONFIG


@pytest.mark.parametrize(
    ("text", "line"),
    [
        # wrong types
        ("[source]\nfps = '30'", 'source.fps: must be a number from 1 to 60, got "30"'),
        ("[source]\nfps = true", "source.fps: must be a number from 1 to 60, got true"),
        ("[source]\nfps = [30]", "source.fps: must be a number from 1 to 60, got [30]"),
        ("[source]\nfps = 2026-01-02", "source.fps: must be a number from 1 to 60, got 2026-01-02"),
        ("[source]\nfps.max = 30", "source.fps: must be a number from 1 to 60, got {max = 30}"),
        ("[source]\nwidth = 640.0", "source.width: must be an even number from 160 to 1920, got 640.0"),
        ("[source]\nloop = 1", "source.loop: must be true or false, got 1"),
        ("[source]\nrotation = '90'", 'source.rotation: must be 0, 90, 180 or 270, got "90"'),
        ("[source]\nrotation = true", "source.rotation: must be 0, 90, 180 or 270, got true"),
        ("[mqtt]\nprotocol = 5", 'mqtt.protocol: must be "auto", "5" or "3.1.1", got 5'),
        ("[device]\nid = 12", "device.id: must be 1 to 64 letters, digits, '-' and '_', got 12"),
        ("[detect]\nmodel_dir = 1", "detect.model_dir: must be a path, got 1"),
        # out of range
        ("[source]\nfps = 0.5", "source.fps: must be a number from 1 to 60, got 0.5"),
        ("[source]\nfps = nan", "source.fps: must be a number from 1 to 60, got nan"),
        ("[source]\nfps = -inf", "source.fps: must be a number from 1 to 60, got -inf"),
        ("[source]\nread_timeout_s = 0", "source.read_timeout_s: must be a number from 0.1 to 60, got 0"),
        ("[source]\nwidth = 641", "source.width: must be an even number from 160 to 1920, got 641"),
        ("[source]\nrotation = 45", "source.rotation: must be 0, 90, 180 or 270, got 45"),
        ("[detect]\nnum_poses = 0", "detect.num_poses: must be a whole number from 1 to 4, got 0"),
        (
            f"[source]\nseed = 0x{'f' * 5000}",
            "source.seed: must be a whole number from 0 to 2147483647, got a number of 20000 bits",
        ),
        ("[detect]\nmodel = 'Lite'", 'detect.model: must be "lite", "full" or "heavy", got "Lite"'),
        # texts
        ("[device]\nid = ''", "device.id: must be 1 to 64 letters, digits, '-' and '_', got \"\""),
        ("[device]\nid = 'bar/1'", "device.id: must be 1 to 64 letters, digits, '-' and '_', got \"bar/1\""),
        (
            "[mqtt]\nusername = ' '",
            'mqtt.username: must be text on one line: it is empty, got " "',
        ),
        (
            '[mqtt]\nusername = "a\\u001b[31m"',
            'mqtt.username: must be text on one line: it holds a character that cannot be printed, got "a\\u001b[31m"',
        ),
        ("[detect]\nmodel_dir = ''", 'detect.model_dir: must be a path: it is empty, got ""'),
        (
            "[mqtt]\ntopic_prefix = 'home/#'",
            "mqtt.topic_prefix: must be up to 8 levels of letters, digits, '-' and '_', joined by '/', got \"home/#\"",
        ),
        (
            "[mqtt]\ntopic_prefix = '/home'",
            "mqtt.topic_prefix: must be up to 8 levels of letters, digits, '-' and '_', joined by '/', got \"/home\"",
        ),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(text: str, line: str, mistakes: Mistakes) -> None:
    assert mistakes(text) == [f"FILE: {line}"]


BROKER = "FILE: mqtt.broker: must be HOST or HOST:PORT (1 to 65535), IPv6 as [ADDRESS]:PORT"


@pytest.mark.parametrize(
    ("broker", "reason"),
    [
        ("", ""),
        ("host:0", ""),
        ("host:65536", ""),
        ("host:", ""),
        ("::1", ""),
        ("a b", ""),
        ("mqtt://host", ": leave out the scheme and ://"),
    ],
)
def test_a_broker_that_is_no_address_is_refused(broker: str, reason: str, mistakes: Mistakes) -> None:
    assert mistakes(f"[mqtt]\nbroker = '{broker}'") == [f'{BROKER}{reason}, got "{broker}"']


@pytest.mark.parametrize(
    ("uri", "hint"),
    [
        ("picamere", "did you mean picamera?"),
        ("/dev/video0", "did you mean v4l2:/dev/video0?"),
        ("kitchen.mp4", "did you mean file:kitchen.mp4?"),
        ("v4l2", "write v4l2:0 or v4l2:/dev/v4l/by-id/…"),
        ("", 'it is empty, got ""'),
    ],
)
def test_a_source_that_is_none_is_refused_with_a_hint(uri: str, hint: str, mistakes: Mistakes) -> None:
    (line,) = mistakes(overrides={"source.uri": uri})

    assert line.startswith("command line: source.uri: ")
    assert line.endswith(hint)


MASKS = "must be a list of polygons, each of 3 to 64 points [x, y] from 0 to 1, at most 32 of them"


@pytest.mark.parametrize(
    ("mask", "reason", "got"),
    [
        ("[[0, 0], [1, 1]]", "it has 2 points", "[[0, 0], [1, 1]]"),
        ("[[0, 0], [1, 1], [0.5, 0.5]]", "it encloses no area", "[[0, 0], [1, 1], [0.5, 0.5]]"),
        ("[[0, 0], [1, 0], [1, 1.1]]", "point 3 lies outside 0 to 1, which is the whole picture", None),
        ("[[0, 0], [nan, 0], [1, 1]]", "point 2 lies outside 0 to 1, which is the whole picture", None),
        ("[[0, 0], ['1', 0], [1, 1]]", "point 2 lies outside 0 to 1, which is the whole picture", None),
        ("[[0, 0], [true, 0], [1, 1]]", "point 2 lies outside 0 to 1, which is the whole picture", None),
        ("[[0, 0, 0], [1, 0], [1, 1]]", "point 1 is not [x, y]", None),
        ("0.5", "it is not a list of points", None),
    ],
)
def test_a_privacy_mask_that_hides_nothing_is_refused_by_its_number(
    mask: str, reason: str, got: str | None, mistakes: Mistakes
) -> None:
    text = f"[source]\nprivacy_masks = [[[0, 0], [1, 0], [1, 1]], {mask}]"

    assert mistakes(text) == [
        f"FILE: source.privacy_masks[1]: {MASKS}: {reason}, got {got or mask.replace(chr(39), chr(34))}"
    ]


def test_too_many_masks_are_refused(mistakes: Mistakes) -> None:
    (line,) = mistakes(f"[source]\nprivacy_masks = [{', '.join(['[[0, 0], [1, 0], [1, 1]]'] * 33)}]")

    assert line.startswith(f"FILE: source.privacy_masks: {MASKS}, got [[[0")
    assert len(line) < 250


def zone(**fields: str) -> str:
    written = {"name": "'bed1'", "kind": "'bed'", "polygon": "[[0, 0], [1, 0], [1, 1]]"} | fields
    return "\n".join(["[[zones]]", *(f"{name} = {value}" for name, value in written.items() if value), ""])


OUTLINE = "must be 3 to 64 points [x, y] from 0 to 1 whose sides do not cross"


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"polygon": ""}, f"zones[1] (bed1): polygon is missing: it {OUTLINE}"),
        (
            {"polygon": "[[0, 0], [1, 0], [1, 1.5]]"},
            (
                f"zones[1] (bed1): polygon: {OUTLINE}: point 3 lies outside 0 to 1, which is the whole picture, "
                "got [[0, 0], [1, 0], [1, 1.5]]"
            ),
        ),
        (
            {"polygon": "[[0, 0], [1, 1], [1, 0], [0, 1]]"},
            (
                f"zones[1] (bed1): polygon: {OUTLINE}: its sides after point 1 and after point 3 cross, "
                "got [[0, 0], [1, 1], [1, 0], [0, 1]]"
            ),
        ),
        (
            {"polygon": "[[0, 0], [1, 0], [1, 1], [0.5, 0]]"},
            (
                f"zones[1] (bed1): polygon: {OUTLINE}: its sides after point 1 and after point 3 cross, "
                "got [[0, 0], [1, 0], [1, 1], [0.5, 0]]"
            ),
        ),
        (
            {"polygon": "[[0, 0], [1, 0], [0, 0], [1, 1]]"},
            f"zones[1] (bed1): polygon: {OUTLINE}: points 1 and 3 are the same, got [[0, 0], [1, 0], [0, 0], [1, 1]]",
        ),
        (
            {"polygon": "[[0, 0], [0.5, 0.5], [1, 1]]"},
            f"zones[1] (bed1): polygon: {OUTLINE}: it encloses no area, got [[0, 0], [0.5, 0.5], [1, 1]]",
        ),
        ({"name": ""}, "zones[1]: name is missing: it must be 1 to 32 lower-case letters, digits, '-' and '_'"),
        (
            {"name": "'Bed 1'"},
            "zones[1] (Bed 1): name: must be 1 to 32 lower-case letters, digits, '-' and '_', got \"Bed 1\"",
        ),
        (
            {"hours": "'22-7'"},
            (
                "zones[1] (bed1): hours: must be two times of day, HH:MM-HH:MM, the second on the next day if it is "
                'earlier, got "22-7"'
            ),
        ),
        (
            {"colour": "1"},
            "zones[1] (bed1): colour: there is no such key: known are name, kind, polygon, exercise, hours",
        ),
        ({"knid": "1"}, "zones[1] (bed1): knid: there is no such key: did you mean kind?"),
        ({"exercise": "'squat'"}, "zones: zones[1] (bed1): exercise is for a station, and this is a bed: remove it"),
        (
            {"kind": "'mat'", "hours": "'22:00-07:00'"},
            "zones: zones[1] (bed1): hours are for a bed, and this is a mat: remove them",
        ),
        ({"name": "'sofa1'"}, "zones: zones[1] (sofa1): zones[0] has the same name: choose another"),
    ],
)
def test_a_wrong_zone_is_named_with_what_is_wrong_in_it(fields: dict[str, str], line: str, mistakes: Mistakes) -> None:
    assert mistakes(zone(name="'sofa1'", kind="'sofa'") + zone(**fields)) == [f"FILE: {line}"]


def test_a_list_of_zones_is_checked_to_its_end(mistakes: Mistakes) -> None:
    lines = mistakes(zone(knid="1", kind="'cot'") + zone(name="'bed2'", polygon="[]"))

    assert [line.split(": ")[1:3] for line in lines] == [
        ["zones[0] (bed1)", "knid"],
        ["zones[0] (bed1)", "kind"],
        ["zones[1] (bed2)", "polygon"],
    ]


def test_too_many_zones_are_refused(mistakes: Mistakes) -> None:
    text = "".join(zone(name=f"'bed{number}'") for number in range(33))

    assert mistakes(text) == ["FILE: zones: there are 33, and at most 32 are allowed"]


@pytest.mark.parametrize("value", ["1", "{name = 'bed1'}", "['bed1']"])
def test_zones_that_are_no_list_of_tables_are_refused(value: str, mistakes: Mistakes) -> None:
    wanted = "must be a list of tables: write [[zones]] and the keys of one below, for each"

    assert mistakes(f"zones = {value}") == [f"FILE: zones: {wanted}"]
    assert mistakes(environ={"POSE_EDGE_ZONES": value}) == [f"POSE_EDGE_ZONES: zones: {wanted}"]


def test_one_key_of_a_zone_cannot_be_set_by_a_variable(mistakes: Mistakes) -> None:
    assert mistakes(environ={"POSE_EDGE_ZONES_NAME": "bed1"}) == [
        "POSE_EDGE_ZONES_NAME: [[zones]] is set as a whole: write POSE_EDGE_ZONES with a list of tables in it"
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[[zone]]", "zone: there is no such table: did you mean [[zones]]?"),
        ("[source]\nurl = 1", "source.url: there is no such key: did you mean uri?"),
        ("[detect]\nnum-poses = 1", "detect.num-poses: there is no such key: did you mean num_poses?"),
        ("[detect]\nNum_Poses = 1", "detect.Num_Poses: there is no such key: did you mean num_poses?"),
        ("[publish]\nbroker = 'a'", "publish.broker: not a key of [publish]: it belongs to [mqtt]"),
        (
            "[publish]\nkeep_alive_s = 1",
            "publish.keep_alive_s: there is no such key: did you mean keepalive_s, which belongs to [mqtt]?",
        ),
        ("[track]\nzzz = 1", "track.zzz: there is no such key: known are birth_hits, occlusion_s"),
        ('[track]\n"a\\u001bb" = 1', 'track."a\\u001bb": there is no such key: known are birth_hits, occlusion_s'),
        ("[sources]\nuri = 'a'", "sources: there is no such table: did you mean [source]?"),
        ("[MQTT]\nbroker = 'a'", "MQTT: there is no such table: did you mean [mqtt]?"),
        (
            "[zzz]",
            f"zzz: there is no such table: known are {', '.join((*TABLES, *LISTS))}",
        ),
        ("broker = 'a'", "broker: stands above all tables: it belongs to [mqtt]"),
        ("source = 'studio'", "source: must be a table: write [source] and its keys below"),
        ("[[source]]\nuri = 'a'", "source: must be a table: write [source], not [[source]]"),
    ],
)
def test_a_name_that_does_not_exist_is_refused_with_the_nearest_one(text: str, line: str, mistakes: Mistakes) -> None:
    assert mistakes(text) == [f"FILE: {line}"]


def test_a_very_long_name_is_cut_short(mistakes: Mistakes) -> None:
    (line,) = mistakes(f"[track]\n{'a' * 10_000} = 1")

    assert len(line) < 200


@pytest.mark.parametrize(
    ("variable", "text", "line"),
    [
        ("POSE_EDGE_SOURCE_FPS", "fast", 'source.fps: must be a number from 1 to 60, got "fast"'),
        ("POSE_EDGE_SOURCE_FPS", "", 'source.fps: must be a number from 1 to 60, got ""'),
        ("POSE_EDGE_SOURCE_HFLIP", "yes", 'source.hflip: must be true or false, got "yes"'),
        ("POSE_EDGE_DEVICE_ID", "bar/1", "device.id: must be 1 to 64 letters, digits, '-' and '_', got \"bar/1\""),
        ("POSE_EDGE_DEVICE_ID", "\udcff", "device.id: must be 1 to 64 letters, digits, '-' and '_', got \"\\udcff\""),
        ("POSE_EDGE_SOURCE_URL", "a", "there is no key source.url: did you mean POSE_EDGE_SOURCE_URI?"),
        (
            "POSE_EDGE_TRACK_ZZZ",
            "a",
            NO_KEY_OF_TRACK,
        ),
        (
            "POSE_EDGE_TRACK",
            "a",
            NO_KEY_OF_TRACK,
        ),
    ],
)
def test_a_wrong_variable_is_named(variable: str, text: str, line: str, mistakes: Mistakes) -> None:
    assert mistakes(environ={variable: text}) == [f"{variable}: {line}"]


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("source.fps", 500, "source.fps: must be a number from 1 to 60, got 500"),
        ("source.url", "a", "source.url: there is no such key: did you mean uri?"),
        ("sources.uri", "a", "sources: there is no such table: did you mean [source]?"),
        ("detect.model", object, 'detect.model: must be "lite", "full" or "heavy", got <class \'object\'>'),
    ],
)
def test_a_wrong_option_is_named(key: str, value: object, line: str, mistakes: Mistakes) -> None:
    assert mistakes(overrides={key: value}) == [f"command line: {line}"]


def test_all_mistakes_are_told_at_once_each_with_its_origin(mistakes: Mistakes) -> None:
    lines = mistakes(
        """
        [source]
        widht = 640
        height = 5
        [track]
        occlusion_s = 20
        [mqtt]
        keepalive_s = "often"
        password = "hunter2"
        [pubish]
        """,
        environ={"POSE_EDGE_PACE_MAX_INFERENCE_FPS": "0", "POSE_EDGE_DEVICE_UID": "a"},
        overrides={"source.fps": 100},
    )

    assert lines == [
        "FILE: source.widht: there is no such key: did you mean width?",
        "FILE: pubish: there is no such table: did you mean [publish]?",
        "POSE_EDGE_DEVICE_UID: there is no key device.uid: did you mean POSE_EDGE_DEVICE_ID?",
        "FILE: source.height: must be an even number from 120 to 1080, got 5",
        "command line: source.fps: must be a number from 1 to 60, got 100",
        "POSE_EDGE_PACE_MAX_INFERENCE_FPS: pace.max_inference_fps: must be a number from 1 to 60, got 0",
        'FILE: mqtt.keepalive_s: must be a whole number from 5 to 3600, got "often"',
        f"FILE: track.occlusion_s: posture.left_after_s (3) must not be less than track.occlusion_s (20): {WHY}",
        "FILE: mqtt.password: mqtt.password is given without mqtt.username: brokers need both",
    ]


def test_two_passwords_are_one_too_many(mistakes: Mistakes) -> None:
    lines = mistakes(
        "[mqtt]\nusername = 'bar1'\npassword_file = '/run/password'", environ={"POSE_EDGE_MQTT_PASSWORD": "hunter2"}
    )

    assert lines == [
        "POSE_EDGE_MQTT_PASSWORD: mqtt.password: mqtt.password and mqtt.password_file are both given: keep one"
    ]


def test_a_key_that_is_wrong_for_itself_contradicts_nothing(mistakes: Mistakes) -> None:
    lines = mistakes("[track]\nocclusion_s = 'x'\n[posture]\nleft_after_s = 1\n")

    assert lines == ['FILE: track.occlusion_s: must be a number from 0 to 60, got "x"']


@pytest.mark.parametrize(
    ("text", "environ"),
    [
        ("[mqtt]\npassword = ['hunter2']", {}),
        ("[mqtt]\npassword = {is = 'hunter2'}", {}),
        ("[mqtt]\npasswort = 'hunter2'", {}),
        ("[publish]\npassword = 'hunter2'", {}),
        ("password = 'hunter2'", {}),
        ("mqtt = 'hunter2'", {}),
        ("[mqtt]\nbroker = 'mqtt://me:hunter2@host'", {}),
        ("[mqtt]\nbroker = 'me:hunter2@host'", {}),
        ("[mqtt]\nbroker = 'me:hunter2@a/b@host:99999'", {}),
        ("[mqtt]\nbroker = 'me:hunter2@host://'", {}),
        ("[source]\nuri = 'http://me:hunter2@host/'", {}),
        ("[source]\nuri = 'me:hunter2@host'", {}),
        ("[source]\nuri = 'rtsp://me:hunter2@'", {}),
        ('[source]\nuri = "rtsp://me:hunter2@host/\\u0007"', {}),
        ("[source]\nuri = 'rtsp://me:hunter2@host:port/'", {}),
        ("", {"POSE_EDGE_MQTT_PASSWORT": "hunter2"}),
        ("", {"POSE_EDGE_MQTT_PASSWORD": "hunter2"}),
    ],
)
def test_no_mistake_shows_a_secret(text: str, environ: dict[str, str], mistakes: Mistakes) -> None:
    assert "hunter2" not in "\n".join(mistakes(text, environ=environ))
