"""Makes the leaf of an entry from the bytes that were posted, by docs/leaf-v1.md alone.

A second, independent reading of that page: nothing here is shared with the C++ code, and the standard library is all it
needs (leaf_profiles.py beside it is the page's last section). Tests hold the two together; an auditor can use it as it stands:

    rebuild_leaf(body, source="default", adapter_id="adapter-1", receive_time="2026-11-24T03:47:36.654321Z",
                 signature=signature_evidence("hmac-sha256-hex", "key-1", secret, {"x-genesys-signature": value}))
"""

import datetime
import hashlib
import json
import re

from leaf_profiles import PROFILES

DEPTH_MAX = 512
EVENT_ID_SIZE_MAX = 512
METADATA_SIZE_MAX = 256
LEAF_SIZE_MAX = 65535

UTC = datetime.timezone.utc
LAST_TIME = "9999-12-31T23:59:59.999999Z"


def leaf_hash(leaf):
    return hashlib.sha256(b"\x00" + leaf).digest()


def key_fingerprint(secret):
    """16 hex digits; `secret` is the HMAC key as bytes."""
    return hashlib.sha256(b"affidavit.key_fingerprint.v1\x00" + secret).hexdigest()[:16]


def signature_evidence(scheme, key_id, secret, headers):
    return {"scheme": scheme, "key_id": key_id, "key_fingerprint": key_fingerprint(secret), "headers": dict(headers)}


def rebuild_leaf(body, *, source, adapter_id, receive_time, signature, provenance="webhook", profile="default", kind=None,
                 retention_years=7, excluded_retention_days=90):
    """The leaf's bytes. `receive_time` as the leaf writes it; `profile` a name or a dict like those in PROFILES; `kind` is
    "conflict" where the ledger says so (only the ledger can know), else None."""
    if isinstance(profile, str):
        profile = PROFILES[profile]
    members = admit(body, profile)
    if kind is not None:
        assert kind == "conflict" and members["kind"] == "envelope", (kind, members["kind"])
        members["kind"] = kind
    if members["kind"] == "excluded":
        members["retention_class"] = "excluded"
        members["retain_until"] = add_days(receive_time, excluded_retention_days)
    else:
        members["retention_class"] = "default"
        members["retain_until"] = add_years(receive_time, retention_years)
    members.update(
        v=1, source=source, receive_time=receive_time, adapter_id=adapter_id, provenance=provenance, signature=signature,
        payload_digest_alg="sha256", payload_sha256=hashlib.sha256(body).hexdigest(), payload_size=len(body))
    leaf = canonical(members)
    assert len(leaf) <= LEAF_SIZE_MAX
    return leaf


# Encoding


def canonical(value):
    """RFC 8785 for the leaf's own kinds of value."""
    return "".join(_canonical(value)).encode("utf-8")


def _canonical(value):
    if isinstance(value, dict):
        yield "{"
        for index, name in enumerate(sorted(value, key=lambda name: name.encode("utf-16-be"))):
            yield "," if index else ""
            yield from _canonical(name)
            yield ":"
            yield from _canonical(value[name])
        yield "}"
    elif isinstance(value, list):
        yield "["
        for index, item in enumerate(value):
            yield "," if index else ""
            yield from _canonical(item)
        yield "]"
    elif isinstance(value, str):
        yield '"' + re.sub(r'[\x00-\x1f"\\]', _escape, value) + '"'
    else:
        assert type(value) is int and 0 <= value < 2**53, value
        yield str(value)


def _escape(match):
    character = match.group()
    short = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
    return short.get(character) or f"\\u{ord(character):04x}"


# Times


def format_time(time):
    return time.astimezone(UTC).strftime("%Y").zfill(4) + time.astimezone(UTC).strftime("-%m-%dT%H:%M:%S.%fZ")


def parse_time(text):
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))", text,
                         re.ASCII)
    if match is None:
        return None
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    offset = datetime.timedelta(hours=int(match[9] or 0), minutes=int(match[10] or 0))
    if second > 60 or int(match[9] or 0) > 23 or int(match[10] or 0) > 59:
        return None
    try:
        time = datetime.datetime(year, month, day, hour, minute, min(second, 59), int((match[7] or "").ljust(6, "0")[:6]),
                                 UTC)
        leap = datetime.timedelta(seconds=second - min(second, 59))
        time += leap + (offset if match[8] == "-" else -offset)
    except (ValueError, OverflowError):
        return None
    return time


def epoch_ms(token):
    if not re.fullmatch(r"[1-9]\d*", token, re.ASCII) or not 100000000000 <= int(token) <= 253402300799999:
        return None
    return datetime.datetime(1970, 1, 1, tzinfo=UTC) + datetime.timedelta(milliseconds=int(token))


def add_years(time, years):
    time = parse_time(time)
    if time.year + years > 9999:
        return LAST_TIME
    try:
        return format_time(time.replace(year=time.year + years))
    except ValueError:  # 29 February
        return format_time(time.replace(year=time.year + years, day=28))


def add_days(time, days):
    try:
        return format_time(parse_time(time) + datetime.timedelta(days=days))
    except OverflowError:
        return LAST_TIME


# JSON


class Number(str):
    """A JSON number, as it stands."""


class Object(list):
    """A JSON object: (name, value) pairs, doubled names and all."""


class Quarantined(Exception):
    pass


def _no_constant(text):
    raise ValueError(text)


def _loads(text):
    return json.loads(text, object_pairs_hook=Object, parse_int=Number, parse_float=Number, parse_constant=_no_constant)


def read_json(body):
    if b"\x00" in body:
        raise Quarantined("not_json")
    try:
        text = body.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise Quarantined("not_json") from None
    cut = _cut_at_depth(text)
    try:
        document = _loads(text if cut is None else cut)
    except ValueError:
        raise Quarantined("not_json") from None
    if cut is not None:
        raise Quarantined("too_deep")
    return document


def _cut_at_depth(text):
    """None unless a level over DEPTH_MAX is opened; then what was before it, ended so that it is JSON iff it could have been."""
    closers, in_string, skip = [], False, False
    for index, character in enumerate(text):
        if skip:
            skip = False
        elif in_string:
            skip = character == "\\"
            in_string = character != '"'
        elif character == '"':
            in_string = True
        elif character in "[{":
            if len(closers) == DEPTH_MAX:
                return text[:index] + "0" + "".join(reversed(closers))
            closers.append("]" if character == "[" else "}")
        elif character in "]}" and closers:
            closers.pop()
    return None


ABSENT = object()


def look_up(document, pointer):
    """The value at a pointer, or ABSENT."""
    if not pointer:
        return ABSENT
    value = document
    for token in pointer[1:].split("/"):
        token = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Object):
            found = [member for name, member in value if name == token]
            if len(found) > 1:
                raise Quarantined("duplicate_key")
            if not found:
                return ABSENT
            value = found[0]
        elif type(value) is list and re.fullmatch(r"0|[1-9][0-9]*", token) and int(token) < len(value):
            value = value[int(token)]
        else:
            return ABSENT
    return value


# Admission


def is_text(value):
    return isinstance(value, str) and not isinstance(value, Number)


def is_absent(value):
    return value is ABSENT or value is None or (is_text(value) and value == "")


def is_sound(value, size_max=METADATA_SIZE_MAX):
    """REQUIRES: is_text(value)."""
    try:
        size = len(value.encode("utf-8"))
    except UnicodeEncodeError:  # an unpaired surrogate
        return False
    return 1 <= size <= size_max and not re.search("[\x00-\x1f\x7f-\x9f]", value)


def lower(text):
    """ASCII letters only."""
    return re.sub("[A-Z]", lambda match: match.group().lower(), text)


def mapped(value_map, value):
    """Our value, or None."""
    return next((ours for theirs, ours in sorted(value_map.items()) if lower(theirs) == lower(value)), None)


def admit(body, profile):
    """The members that come from the body, kind and flags among them."""
    try:
        document = read_json(body)
        values = _values(document, profile)
        event_id = _event_id(values)
    except Quarantined as reason:
        return {"kind": "quarantined", "flags": [f"quarantined_{reason}"]}
    members, flags = {"kind": "envelope", "event_id": event_id}, set()
    version = values["version"]
    if isinstance(version, Number) and len(version) <= METADATA_SIZE_MAX:
        members["schema_version"] = str(version)
    else:
        _metadata("schema_version", version, members, flags)
    _metadata("message_id", values["message_id"], members, flags)
    _metadata("correlation_id", values["correlation_id"], members, flags)
    _time("event_time", values["time"], members, flags)
    _time("delivery_time", values["delivery_time"], members, flags)
    _classify(values, profile, members, flags)
    if flags:
        members["flags"] = sorted(flags)
    return members


def _values(document, profile):
    names = ["version", "time", "message_id", "direction", "channel", "delivery_time", "correlation_id"]
    values = {name: look_up(document, profile.get(name, "")) for name in names}
    for name in ["id", "id_optional", "type"]:
        values[name] = [look_up(document, pointer) for pointer in profile.get(name, [])]
    values["exempting"] = look_up(document, profile.get("direction_exemption", ("", []))[0])
    return values


def _event_id(values):
    optional = ["" if is_absent(value) else value for value in values["id_optional"]]
    parts = values["id"] + optional
    if not all(is_text(part) for part in parts):
        raise Quarantined("id_missing")
    if not all(is_sound(part, EVENT_ID_SIZE_MAX) for part in values["id"] + [part for part in optional if part]):
        raise Quarantined("id_unsound")
    event_id = parts[0]
    if len(parts) > 1:
        event_id = "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)
    if len(event_id.encode("utf-8")) > EVENT_ID_SIZE_MAX:
        raise Quarantined("id_unsound")
    return event_id


def _metadata(member, value, members, flags):
    if is_absent(value):
        return
    if is_text(value) and is_sound(value):
        members[member] = value
    else:
        flags.add(f"{member}_unreadable")


def _time(member, value, members, flags):
    if is_absent(value):
        return
    if isinstance(value, Number):
        time = epoch_ms(value)
    else:
        time = parse_time(value) if is_text(value) and is_sound(value) else None
    if time is None:
        flags.add(f"{member}_unreadable")
    else:
        members[member] = format_time(time)


def _type(values, type_map):
    texts = [value for value in values if is_text(value) and value != ""]
    for text in texts:
        if is_sound(text) and mapped(type_map, text) is not None:
            return text
    others = [value for value in values if not is_absent(value)]
    return (texts or others or [ABSENT])[0]


def _classify(values, profile, members, flags):
    exempting = values["exempting"]
    _, exempt_values = profile.get("direction_exemption", ("", []))
    exempt = is_text(exempting) and is_sound(exempting) and lower(exempting) in map(lower, exempt_values)
    type_map = profile.get("type_map", {})
    rows = [
        ("direction", "direction", profile.get("direction"), values["direction"], profile.get("direction_map", {}),
         [] if exempt else [lower(value) for value in profile.get("directions", [])]),
        ("channel", "channel", profile.get("channel"), values["channel"], profile.get("channel_map", {}),
         profile.get("channels", [])),
        ("type", "event_type", profile.get("type"), _type(values["type"], type_map), type_map, profile.get("types", [])),
    ]
    reasons = []
    for name, member, pointer, value, value_map, in_scope in rows:
        asked_for = bool(pointer) and bool(in_scope)
        ours = None
        if is_absent(value):
            flags.update(["unclassified"] if asked_for else [])
            continue
        if not is_text(value):
            flags.add("unclassified" if asked_for else f"{member}_unreadable")
            continue
        if is_sound(value):
            known = mapped(value_map, value)
            ours = value if known is None else known
            members[member] = ours
        else:
            flags.add(f"{member}_unreadable")
        compared = lower(ours) if ours is not None and name == "direction" else ours
        if asked_for and compared not in in_scope:
            reasons.append(name)
    members.setdefault("channel", "UNKNOWN")
    if reasons:
        members["kind"] = "excluded"
        flags.add(f"excluded_{reasons[0]}")
