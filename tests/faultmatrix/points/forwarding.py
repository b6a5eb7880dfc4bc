#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""forwarding.py HEADER CLASS FILE: a class that passes every call of a port on to another one.

Made from the port's own header, so that a port that grows needs no hand here: what is to be held or counted is overridden
in a class derived from this one, all else is passed on.
"""

import pathlib
import re
import sys

header, port, made = sys.argv[1:]
ROOT = pathlib.Path(header[:header.rfind("broker/")])


def code_of(path):
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", pathlib.Path(path).read_text(), flags=re.S)


def declaration(path, name):
    """What stands after the class's brace, and the names of its bases; a base may stand in a header that is included."""
    code = code_of(path)
    found = re.search(rf"\b(?:class|struct) {name}\b([^;{{]*){{", code)
    if found:
        depth, end = 1, found.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(code[end], 0)
            end += 1
        return code[found.end():end], re.findall(r"public\s+(?:virtual\s+)?(\w+)", found[1])
    for include in re.findall(r'#include "(broker/domain/[^"]+)"', code):
        inside = declaration(ROOT / include, name)
        if inside:
            return inside
    return None


def body_of(name):
    text, bases = declaration(header, name) or ("", [])
    return "".join(body_of(base) for base in bases) + text


body = body_of(port)


def split(words):
    depth, part = 0, ""
    for letter in words:
        depth += {"<": 1, "(": 1, ">": -1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            yield part
            part = ""
        else:
            part += letter
    if part.strip():
        yield part


def end_of_words(start):
    depth = 1
    for index in range(start, len(body)):
        depth += {"(": 1, ")": -1}.get(body[index], 0)
        if depth == 0:
            return index
    raise SystemExit(f"{header}: an open bracket")


lines = []
start = re.compile(r"(\[\[nodiscard\]\]\s*)?virtual\s+(?P<type>[^;{}()~]+?)\s+(?P<name>\w+)\s*\(", re.S)
for found in start.finditer(body):
    end = end_of_words(found.end())
    words = [" ".join(word.split("=")[0].split()) for word in split(body[found.end():end])]
    const = " const" if re.match(r"\)\s*const\b", body[end:]) else ""
    named, names = [], []
    for number, word in enumerate(words):
        last = re.search(r"[\s&>](\w+)$", word)
        name = last[1] if last else f"argument{number}"
        named.append(word if last else f"{word} {name}")
        names.append(f"std::forward<decltype({name})>({name})")
    kind = " ".join(found["type"].split())
    nodiscard = "" if kind == "void" else "[[nodiscard]] "
    lines.append(f"    {nodiscard}{kind} {found['name']}({', '.join(named)}){const} override\n"
                 f"    {{\n        return m_inner->{found['name']}({', '.join(names)});\n    }}\n")
if not lines:
    raise SystemExit(f"{header}: no virtual function of {port} was found")
pathlib.Path(made).write_text(f"""// Made from {pathlib.Path(header).name} by forwarding.py.
#pragma once

#include "{header[header.rfind('broker/'):]}"

#include <memory>
#include <utility>

namespace wardesk::broker {{

class Forwarding{port} : public {port}
{{
public:
    explicit Forwarding{port}(std::unique_ptr<{port}> inner)
        : m_inner(std::move(inner))
    {{
    }}
{chr(10).join(lines)}
protected:
    [[nodiscard]] {port}& inner() const {{ return *m_inner; }}

private:
    std::unique_ptr<{port}> m_inner;
}};

}}
""")
