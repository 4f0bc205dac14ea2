# SPDX-License-Identifier: Apache-2.0
"""What Zendesk would refuse in an app is found, in a zip and in a folder, and each finding says what to do."""

from __future__ import annotations

import json
import os
import random
import stat
import struct
import tracemalloc
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_devkit.app.build import SMALL_SIDE, logo
from sealock_devkit.app.lint import App, AppRefused, PackageUnreadable, lint, read_app
from sealock_devkit.app.package import Findings
from sealock_devkit.app.rules import check_app_manifest, check_requirements

MANIFEST, REQUIREMENTS, ENGLISH = "manifest.json", "requirements.json", "translations/en.json"
URL = "https://edge.example/manifest.json"
GONE = object()


def integrations(*urls):
    return {"channel_integrations": {f"one-{number}": {"manifest_url": url} for number, url in enumerate(urls)}}


def changed(content, changes):
    value = {**json.loads(content), **changes}
    return json.dumps({key: each for key, each in value.items() if each is not GONE}).encode()


def test_a_good_app_is_read(files, zipped):
    url = "https://edge.example/guestbook/manifest.json"
    assert read_app(zipped(files)) == App("Guestbook", "1.2.3", "org.example.guestbook", url, logo(SMALL_SIDE))


def test_a_folder_is_checked_as_its_zip_is(files, tmp_path):
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert lint(tmp_path) == []
    (tmp_path / "assets" / "away").symlink_to("/etc/hostname")
    (tmp_path / REQUIREMENTS).unlink()
    assert {finding.place for finding in lint(tmp_path)} == {"assets/away", REQUIREMENTS}


MANIFEST_CASES = [
    ({"location": {"support": {"ticket_sidebar": "assets/a.html"}}}, "location", "requirements only"),
    ({"frameworkVersion": "2.0"}, "frameworkVersion", "requirements only"),
    ({"requirementsOnly": GONE}, "location", "missing"),
    ({"requirementsOnly": "yes"}, "requirementsOnly", "a string"),
    ({"marketingOnly": True}, "marketingOnly", "excludes"),
    ({"author": GONE}, "author", "missing"),
    ({"author": []}, "author", "an array"),
    ({"author": {"name": 7}}, "author.name", "a number"),
    ({"author": {"email": "a@b.example"}}, "author.name", "missing"),
    ({"defaultLocale": GONE}, "defaultLocale", "missing"),
    ({"defaultLocale": "English"}, "defaultLocale", "not a language"),
    ({"defaultLocale": None}, "defaultLocale", "null"),
    ({"version": 1}, "version", "a number"),
    ({"parameters": {}}, "parameters", "an object"),
    ({"urls": {"admin_ui": "./admin_ui"}}, "", "integration's manifest"),
    ({"author": "Example Ltd"}, "", "integration's manifest"),
]


@pytest.mark.parametrize(("changes", "key", "problem"), MANIFEST_CASES)
def test_a_wrong_app_manifest_is_found(files, zipped, changes, key, problem):
    files[MANIFEST] = changed(files[MANIFEST], changes)
    place = f"{MANIFEST}: {key}" if key else MANIFEST
    assert [f for f in lint(zipped(files)) if f.place == place and problem in f.problem and f.remedy.endswith(".")]


REQUIREMENTS_CASES = [
    ({}, "no integration"),
    (integrations(), "no integration"),
    (integrations(URL, URL), "2 integrations"),
    ({"channel_integrations": []}, "an array"),
    ({"channel_integrations": {"one": URL}}, "a string"),
    ({"channel_integrations": {"one": {}}}, "missing"),
    (integrations(""), "missing"),
    (integrations(["https://edge.example"]), "an array"),
    (integrations("http://edge.example/manifest.json"), "https"),
    (integrations("/manifest.json"), "https"),
    (integrations("https://"), "https"),
    (integrations("http://127.0.0.1:8080/manifest.json"), "https"),
    ({**integrations(URL), "targets": {str(number): {} for number in range(5000)}}, "5001 requirements"),
    ({**integrations(URL), "custom_objects": {"custom_object_types": [{}] * 5000}}, "5001 requirements"),
    ({**integrations(URL), "targets": 3}, "a number"),
    ({"urls": {}, "name": "x"}, "looks like a manifest"),
]


@pytest.mark.parametrize(("requirements", "problem"), REQUIREMENTS_CASES, ids=lambda value: str(value)[:60])
def test_wrong_requirements_are_found(files, zipped, requirements, problem):
    files[REQUIREMENTS] = json.dumps(requirements).encode()
    with pytest.raises(AppRefused) as refused:
        read_app(zipped(files))
    assert [f for f in refused.value.findings if f.place.startswith(REQUIREMENTS) and problem in f.problem]


def test_5000_requirements_are_not_too_many(files, zipped):
    requirements = {**integrations(URL), "targets": {str(number): {} for number in range(4999)}}
    files[REQUIREMENTS] = json.dumps(requirements).encode()
    assert lint(zipped(files)) == []


def test_plain_http_on_this_machine_is_taken_where_it_is_allowed(files, zipped):
    files[REQUIREMENTS] = json.dumps(integrations("http://127.0.0.1:8080/manifest.json")).encode()
    assert read_app(zipped(files), loopback_http_is_https=True).manifest_url == "http://127.0.0.1:8080/manifest.json"
    files[REQUIREMENTS] = json.dumps(integrations("http://edge.example/manifest.json")).encode()
    assert lint(zipped(files), loopback_http_is_https=True)


@pytest.mark.parametrize("name", [MANIFEST, REQUIREMENTS, ENGLISH, "assets/logo.png", "assets/logo-small.png"])
def test_each_file_of_an_app_is_needed(files, zipped, name):
    del files[name]
    assert [str(f) for f in lint(zipped(files)) if f.place == name and "is missing" in f.problem]


JSON_CASES = [
    (b"{", "not JSON"),
    (b"", "not JSON"),
    (b'{"a": NaN}', "not JSON"),
    (b"\xff\xfe{}", "not UTF-8"),
    (b"\xef\xbb\xbf{}", "not JSON"),
    (b"[1]", "an array"),
    (b"[" * 100_000, "nested"),
    (b'{"a": ' + b"9" * 5000 + b"}", "not JSON"),
    (b" " * 1_000_001, "1000001 bytes"),
]


@pytest.mark.parametrize("name", [MANIFEST, REQUIREMENTS, ENGLISH])
@pytest.mark.parametrize(("content", "problem"), JSON_CASES, ids=lambda value: str(value)[:20])
def test_what_is_not_a_json_object_is_found(files, zipped, name, content, problem):
    files[name] = content
    assert [f for f in lint(zipped(files)) if f.place == name and problem in f.problem]


@pytest.mark.parametrize("name", [MANIFEST, REQUIREMENTS, ENGLISH])
def test_a_key_that_is_there_twice_is_found_at_any_depth(files, zipped, name):
    files[name] = files[name].replace(b"{", b'{"deep": [{"a": 1, "a": 2}], ', 1)
    assert any(f.place == f"{name}: a" and "twice" in f.problem for f in lint(zipped(files)))


def test_the_translation_that_default_locale_names_must_be_there(files, zipped):
    files[MANIFEST] = changed(files[MANIFEST], {"defaultLocale": "de"})
    assert [f.place for f in lint(zipped(files))] == ["translations/de.json"]
    files["translations/de.json"] = b'{"app": {}}'
    assert lint(zipped(files)) == []


def test_a_translation_must_be_named_after_a_language_and_have_an_app(files, zipped):
    files["translations/klingon.json"] = b'{"app": []}'
    assert [f.place for f in lint(zipped(files))] == ["translations/klingon.json", "translations/klingon.json: app"]


def test_english_of_a_public_app_has_all_texts_and_of_a_private_one_a_name(files, zipped):
    files[ENGLISH] = b'{"app": {"name": "Guestbook"}}'
    assert lint(zipped(files)) == []
    files[MANIFEST] = changed(files[MANIFEST], {"private": False})
    missing = ["short_description", "long_description", "installation_instructions"]
    assert [f.place for f in lint(zipped(files))] == [f"{ENGLISH}: app.{text}" for text in missing]


def test_a_logo_that_is_no_png_is_found(files, zipped):
    files["assets/logo.png"] = b"<svg/>"
    assert [(f.place, f.problem) for f in lint(zipped(files))] == [("assets/logo.png", "is not a PNG image")]


def test_no_finding_shows_a_value(files, zipped):
    files[REQUIREMENTS] = json.dumps(integrations("http://user:s3cret@edge.example/")).encode()
    files[MANIFEST] = changed(files[MANIFEST], {"defaultLocale": "s3cret", "author": "s3cret"})
    findings = lint(zipped(files))
    assert len(findings) >= 2
    assert "s3cret" not in "".join(f"{f.problem}{f.remedy}{f.place.partition('translations')[0]}" for f in findings)


def test_a_name_with_control_characters_is_shown_harmless(files, zipped):
    files["translations/\x1b[31m.json"] = b"[]"
    assert all("\x1b" not in str(finding) for finding in lint(zipped(files)))


@pytest.mark.parametrize("name", ["nothing-here", "text.zip"])
def test_what_is_no_app_at_all_is_said(tmp_path, name):
    (tmp_path / "text.zip").write_text("hello")
    with pytest.raises(PackageUnreadable):
        lint(tmp_path / name)


KEYS = st.sampled_from(
    ["channel_integrations", "manifest_url", "author", "name", "urls", "location", "requirementsOnly", ""]
) | st.text(max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_any_object_is_answered_with_findings_and_not_with_a_crash(value):
    findings = Findings()
    check_app_manifest(value, findings)
    before = len(findings)
    found = check_requirements(value, findings, loopback_http_is_https=False)
    assert found is not None or len(findings) > before


def member(name, mode=0o100644):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


AWAY = ["../evil", "/etc/pass", "a/../../e", "C:/evil", "c:evil", "a\\..\\evil", "a\0b.txt"]


@pytest.mark.parametrize("name", AWAY)
def test_a_name_that_leads_out_of_the_app_is_found(files, zipped, name):
    path = zipped(files, (member("x" * len(name)), b"x"))
    # The library mends some names as it writes them, so the name is put in afterwards.
    path.write_bytes(path.read_bytes().replace(b"x" * len(name), name.encode()))
    assert [f.problem for f in lint(path)] == ["leads out of the app"]


def test_a_link_is_found(files, zipped):
    path = zipped(files, (member("assets/away", stat.S_IFLNK | 0o777), b"/etc/hostname"))
    assert [(f.place, f.problem) for f in lint(path)] == [("assets/away", "is a link")]


def test_an_encrypted_file_is_found(files, zipped):
    path = zipped(files)
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(signature)
        data[at + offset] |= 1
    path.write_bytes(data)
    assert "is encrypted" in [f.problem for f in lint(path)]


def test_a_file_that_is_there_twice_is_found(files, zipped):
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zipped(files, (member("manifest.json"), files["manifest.json"]))
    assert [(f.place, f.problem) for f in lint(path)] == [("manifest.json", "is in the zip twice")]


@pytest.mark.parametrize("compression", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_compression_that_not_everybody_knows_is_found(files, zipped, compression):
    assert "is compressed in an unusual way" in [f.problem for f in lint(zipped(files, compression=compression))]


def test_a_zip_of_a_folder_is_told_from_a_zip_of_its_contents(files, zipped):
    findings = lint(zipped({f"my-app/{name}": content for name, content in files.items()}))
    assert "manifest.json is only at my-app/manifest.json. Zip the folder's contents, not the folder." in map(
        str, findings
    )


@pytest.mark.parametrize("name", ["assets/more.zip", "assets/more.bin"])
def test_a_zip_in_the_app_is_found_whatever_it_is_called(files, zipped, built, name):
    assert [f.problem for f in lint(zipped({**files, name: built}))] == ["is a zip in the app"]


def test_a_bomb_is_refused_without_being_unpacked(files, zipped):
    path = zipped({**files, "assets/bomb": bytes(60_000_000)})
    assert path.stat().st_size < 2_000_000
    tracemalloc.start()
    try:
        findings = lint(path)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert [f.problem for f in findings] == ["holds too much"]


def test_a_bomb_that_lies_about_its_size_is_not_unpacked_either(files, zipped):
    path = zipped({**files, "requirements.json": bytes(30_000_000)})
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<I", 30_000_000), struct.pack("<I", 500)))
    tracemalloc.start()
    try:
        findings = lint(path)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert {f.place for f in findings} == {"requirements.json"}


def test_too_many_files_are_found(files, zipped):
    many = {f"assets/{number}": b"" for number in range(2000)}
    assert [f.problem for f in lint(zipped({**files, **many}))] == ["holds too much"]


def test_two_megabytes_are_the_limit(files, zipped):
    path = zipped({**files, "assets/noise": random.Random(1).randbytes(2_000_000)})
    (finding,) = lint(path)
    assert finding.problem == f"has {path.stat().st_size} bytes"
    assert lint(zipped({**files, "assets/noise": random.Random(1).randbytes(1_800_000)})) == []


def test_an_empty_zip_is_found(tmp_path):
    path = tmp_path / "empty.zip"
    with zipfile.ZipFile(path, "w"):
        pass
    assert [f.problem for f in lint(path)] == ["is empty"]


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PackageUnreadable, match="neither a file nor a folder"):
        lint(tmp_path / "pipe")


def test_a_damaged_zip_is_said_to_be_damaged(built, tmp_path):
    path = tmp_path / "damaged.zip"
    choose = random.Random(7)
    for _ in range(300):
        data = bytearray(built)
        # The names, sizes and JSON of a zip are where it hurts; the logos are most of its bytes.
        start = choose.choice([0, built.index(b"manifest.json"), len(built) - 500])
        for _ in range(choose.randint(1, 6)):
            data[min(start + choose.randrange(500), len(data) - 1)] = choose.randrange(256)
        path.write_bytes(data)
        try:
            findings = lint(path)
        except PackageUnreadable:
            continue
        assert all(str(finding) for finding in findings)
