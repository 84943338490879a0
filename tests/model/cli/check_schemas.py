# SPDX-License-Identifier: Apache-2.0
"""Validates the shipped files against the schemas of a folder, and files with a wrong key not.

Usage: check_schemas.py SCHEMA_FOLDER CONFIGS_FOLDER
"""
import copy
import json
import pathlib
import re
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """Numbers as in YAML 1.2: 1e-3 is one."""


Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$"),
    list("-+0123456789."))
# Integers stay integers: their resolver must be asked first.
for first, resolvers in Loader.yaml_implicit_resolvers.items():
    resolvers.sort(key=lambda each: each[0] != "tag:yaml.org,2002:int")

FOLDERS = {"experiments": "experiment", "published": "experiment", "designs": "design",
           "technology": "technology", "sweeps": "sweep", "training": "training"}


def mappings(value, path=()):
    """Paths of all mappings in a document."""
    if isinstance(value, dict):
        yield path
        for key, below in value.items():
            yield from mappings(below, path + (key,))
    elif isinstance(value, list):
        for i, below in enumerate(value):
            yield from mappings(below, path + (i,))


def with_unknown_key(document, path):
    changed = copy.deepcopy(document)
    at = changed
    for key in path:
        at = at[key]
    at["zzzzzzzz"] = 1
    return changed


def takes_any_key(path):
    """Sections whose keys are names, or whose values are not described."""
    names = {"operations", "events", "memories", "drams", "calibration", "memory_of", "parts", "set"}
    return path and path[-1] in names or "values" in path or "set" in path


def main(schemas, configs):
    files = 0
    accepted = []
    for folder, kind in FOLDERS.items():
        schema = json.loads((schemas / f"{kind}.json").read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        for file in sorted((configs / folder).glob("*.yaml")):
            files += 1
            document = yaml.load(file.read_text(), Loader)
            for error in validator.iter_errors(document):
                sys.exit(f"{file}: {error.json_path}: {error.message[:300]}")
            for path in mappings(document):
                if not takes_any_key(path) and validator.is_valid(with_unknown_key(document, path)):
                    accepted.append(f"{file}: {path}")
    if accepted:
        sys.exit("an unknown key is taken at\n" + "\n".join(accepted))
    print(f"{files} files; every key that is wrong was refused")


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
