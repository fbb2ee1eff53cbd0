"""CITATION.cff by what the schema of the Citation File Format 1.2.0 requires and allows."""

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest
import yaml

from cadgen import __version__

ROOT = Path(__file__).resolve().parent.parent
REQUIRED = {"authors", "cff-version", "message", "title"}
ALLOWED = REQUIRED | {
    *("abstract", "commit", "contact", "date-released", "doi", "identifiers", "keywords", "license", "license-url"),
    *("preferred-citation", "references", "repository", "repository-artifact", "repository-code", "type", "url"),
    "version",
}
ENTITY = {
    *("address", "alias", "city", "country", "date-end", "date-start", "email", "fax", "location", "name", "orcid"),
    *("post-code", "region", "tel", "website"),
}
PERSON = {
    *("address", "affiliation", "alias", "city", "country", "email", "family-names", "fax", "given-names"),
    *("name-particle", "name-suffix", "orcid", "post-code", "region", "tel", "website"),
}


def faults(cited):
    """What a reader of the format would not take, a line each."""
    if not isinstance(cited, dict):
        return ["it is no mapping"]
    found = [f"{key} is missing" for key in sorted(REQUIRED - cited.keys())]
    found += [f"{key} is unknown" for key in sorted(cited.keys() - ALLOWED)]
    texts = ("abstract", "cff-version", "license", "message", "title", "version")
    found += [f"{key} is no text" for key in texts if key in cited and not isinstance(cited[key], str)]
    authors = cited.get("authors")
    if not isinstance(authors, list) or not authors:
        found.append("authors are no list of some")
    else:
        # An author is an entity, which has a name, or a person.
        found += [f"{one} is no author" for one in authors if not _is_author(one)]
    if cited.get("cff-version") != "1.2.0":
        found.append("the version of the format is another one")
    if cited.get("type", "software") not in ("software", "dataset"):
        found.append("type is none")
    keywords = cited.get("keywords", [])
    if not all(isinstance(word, str) for word in keywords) or len(set(keywords)) < len(keywords):
        found.append("keywords are no different texts")
    if not isinstance(cited.get("date-released", date.today()), date):
        found.append("date-released is no date")
    return found


def _is_author(one):
    if not isinstance(one, dict) or not one or not all(isinstance(value, str) for value in one.values()):
        return False
    return one.keys() <= ENTITY if "name" in one else one.keys() <= PERSON


def cited():
    return yaml.safe_load((ROOT / "CITATION.cff").read_text())


def test_the_citation_is_as_its_format_asks():
    assert faults(cited()) == []


def test_the_citation_tells_what_the_package_tells():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert cited()["version"] == __version__ and re.fullmatch(r"\d+(\.\d+)*\S*", __version__)
    assert cited()["license"] in project["license"].split(" AND ")
    assert cited()["title"].startswith(f"{project['name']}: ")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"title": None}, "title is no text"),
        ({"version": 0.1}, "version is no text"),
        ({"authors": []}, "authors are no list"),
        ({"authors": [{"name": "A", "given-names": "B"}]}, "is no author"),
        ({"authors": ["A"]}, "is no author"),
        ({"licence": "MIT"}, "licence is unknown"),
        ({"type": "code"}, "type is none"),
        ({"cff-version": "1.1.0"}, "version of the format"),
        ({"keywords": ["a", "a"]}, "keywords"),
    ],
)
def test_what_the_format_does_not_take_is_found(change, told):
    (fault,) = faults(cited() | change)
    assert told in fault
