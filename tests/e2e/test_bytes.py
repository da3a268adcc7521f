"""What was posted is what `get --raw` prints, for every byte string that was signed correctly."""

import random

import pytest

from sender import curl_signed

ACCEPTED = {
    # What jsonb cannot hold, with the SQLSTATE that says why.
    "NUL escape": (br'{"id":"ID","text":"a\u0000b"}', "22P05"),
    "NUL escape in a key": (br'{"id":"ID","a\u0000":1}', "22P05"),
    "unpaired high surrogate": (br'{"id":"ID","text":"\ud800"}', "22P02"),
    "unpaired low surrogate": (br'{"id":"ID","text":"\uDC00x"}', "22P02"),
    "huge exponent": (b'{"id":"ID","n":1e400000}', "22003"),
    "tiny exponent": (b'{"id":"ID","n":1e-400000}', "22003"),
    "many digits": (b'{"id":"ID","n":' + b"7" * 200_000 + b"}", "22003"),
    # What a parser would write differently.
    "pair of surrogates": (br'{"id":"ID","text":"\ud83d\ude00"}', None),
    "number spellings": (b'{"id":"ID","n":[1.10,-0,-0.0,1E2,1e+2,0.1e-1,12345678901234567890123,1.0000000000000000000005]}', None),
    "duplicate keys that nobody reads": (b'{"id":"ID","x":1,"x":2,"y":{"z":1,"z":2}}', None),
    "white space": (b' \r\n\t{ "id" :\n"ID"\t,\r\n"message" : { } } \n\n', None),
    "key order": (b'{"zz":1,"z":2,"message":{},"a":3,"id":"ID"}', None),
    "escapes": (br'{"id":"ID","text":"\/\b\f\n\r\t\"\\\u00e9"}', None),
    "composed and decomposed": ('{"id":"ID","é":1,"e\u0301":2}'.encode(), None),
    "beyond the first plane": ('{"id":"ID","text":"😀 𝒳 \u202e\u2028 עברית"}'.encode(), None),
    "noncharacters": ('{"id":"ID","text":"\ufffe\uffff\ufffd"}'.encode(), None),
    "DEL and C1": ('{"id":"ID","text":"\x7f\x85"}'.encode(), None),
    "nested 500 deep": (b'{"id":"ID","x":' + b"[" * 500 + b"]" * 500 + b"}", None),
    "odd ids": ('{"id":"ID / é \u2713 ?&=%20..","x":0}'.encode(), None),
}

QUARANTINED = {
    "nothing": b"",
    "one NUL": b"\0",
    "NULs around": b'\0{"id":"a"}\0',
    "every byte": bytes(range(256)),
    "line ends only": b"\r\n\r\n",
    "not UTF-8": b'{"id":"\xc3\x28"}',
    "overlong UTF-8": b'{"id":"\xc0\xaf"}',
    "UTF-16": '{"id":"a"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"id":"a"}',
    "trailing comma": b'{"id":"a",}',
    "two documents": b'{"id":"a"}{"id":"b"}',
    "NaN": b'{"id":"a","n":NaN}',
    "form": b"id=a&type=message%3Asend",
    "a backslash": b"\\x00",
    "duplicate id": br'{"id":"a","\u0069d":"b"}',
    "100,000 brackets": b"[" * 100_000,
}


@pytest.fixture(scope="module")
def stack(make_stack):
    return make_stack()


@pytest.fixture
def post(stack, certificates):
    return lambda body: curl_signed(stack.adapters[0], stack.secret_file(), certificates.ca, body)


def raw(stack, answer):
    return stack.ctl("get", "--leaf-index", str(answer.json["leaf_index"]), "--raw").stdout


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted_json_comes_back_as_it_was_sent(post, stack, name):
    template, sqlstate = ACCEPTED[name]
    body = template.replace(b"ID", ("bytes: " + name).encode())
    answer = post(body)
    assert (answer.status, answer.json["status"]) == (200, "accepted"), answer
    assert raw(stack, answer) == body
    assert stack.ctl("get", answer.json["id"], "--raw").stdout == body
    stored, is_queryable, error = stack.sql(
        "SELECT p.raw, p.payload IS NOT NULL, p.payload_error FROM affidavit.entries JOIN affidavit.payloads p USING (payload_id) "
        "WHERE leaf_index = %s", (answer.json["leaf_index"],))[0]
    assert bytes(stored) == body
    assert (is_queryable, error) == (sqlstate is None, sqlstate)


@pytest.mark.parametrize("name", QUARANTINED)
def test_quarantined_bytes_come_back_as_they_were_sent(post, stack, name):
    body = QUARANTINED[name]
    answer = post(body)
    assert (answer.status, answer.json["outcome"]) == (422, "quarantined"), answer
    assert raw(stack, answer) == body


def test_one_mebibyte_of_noise_comes_back(post, stack, seed):
    body = random.Random(seed).randbytes(1 << 20)
    answer = post(body)
    assert answer.status == 422, answer
    assert raw(stack, answer) == body


def test_random_mutations_of_an_event_come_back(post, stack, seed):
    """Whatever becomes of them, they are kept as they are."""
    generator = random.Random(seed)
    for number in range(30):
        body = bytearray(b'{"id":"mutant-%d","type":"message:send","message":{"channel":"SMS","direction":"outbound"}}' % number)
        for _ in range(generator.randrange(1, 4)):
            body[generator.randrange(len(body))] = generator.randrange(256)
        answer = post(bytes(body))
        assert answer.status in (200, 422), (bytes(body), answer)
        assert raw(stack, answer) == bytes(body)
