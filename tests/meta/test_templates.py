"""Templates place text and decide nothing.

What a template may do is a short list: loop over a name, ask a bare name, call a macro, apply a filter. Everything else
is the view-model's work, where a type checker and a test see it.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from jinja2 import Environment, meta, nodes

from safelight_codegen.templating import FILTERS

TEMPLATES = Path(__file__).parents[2] / "codegen" / "templates"

# What has no rule of its own below is either here or a finding.
PLAIN_NODES = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Const,
    nodes.Keyword,
    nodes.Macro,
    nodes.Filter,
    nodes.Import,
    nodes.FromImport,
    nodes.Include,
)
HEADER = re.compile(r"\{#-?(?P<text>.*?)-?#\}", re.DOTALL)


def is_name(node: nodes.Node | None) -> bool:
    """Tell whether *node* is a name or a dotted name."""
    return isinstance(node, nodes.Name) or (isinstance(node, nodes.Getattr) and is_name(node.node))


def macro_names(template: nodes.Template) -> set[str]:
    """Collect the names in *template* that stand for a macro or for a module of macros."""
    imported = (
        name[1] if isinstance(name, tuple) else name
        for statement in template.find_all(nodes.FromImport)
        for name in statement.names
    )
    return {
        *imported,
        *(macro.name for macro in template.find_all(nodes.Macro)),
        *(statement.target for statement in template.find_all(nodes.Import)),
    }


def is_macro(node: nodes.Node, macros: set[str]) -> bool:
    """Tell whether *node* names one of *macros*, or something inside one of these modules."""
    if isinstance(node, nodes.Getattr):
        return is_macro(node.node, macros)
    return isinstance(node, nodes.Name) and node.name in macros


def has_quoted_value(parts: list[nodes.Expr]) -> bool:
    """Tell whether one of *parts* stands directly after a quotation mark."""
    return any(
        isinstance(before, nodes.TemplateData) and before.data.endswith(('"', "'")) for before, _ in pairwise(parts)
    )


def objection(node: nodes.Node, macros: set[str]) -> str | None:
    """Say what is wrong with *node* itself, if anything is."""
    match node:
        case nodes.If(test=test):
            return None if is_name(test) else "an if that asks more than a bare name"
        case nodes.For(iter=items, test=condition):
            return None if is_name(items) and condition is None else "a for over more than a bare name"
        case nodes.Call(node=callee):
            return None if is_macro(callee, macros) else "a call of something that is no macro"
        case nodes.Output(nodes=parts):
            return (
                "a value between quotes, where a filter should write the literal" if has_quoted_value(parts) else None
            )
        case nodes.Filter(node=nodes.Const()):
            return "a filter of a constant, which would be applied when the template is compiled"
        case nodes.Tuple(ctx="store"):
            return None
        case _:
            return None if isinstance(node, PLAIN_NODES) else f"{type(node).__name__} does not belong in a template"


def logic_in(node: nodes.Node, macros: set[str]) -> Iterator[tuple[int, str]]:
    """Yield line and description of everything in *node* that decides instead of placing, outermost first."""
    problem = objection(node, macros)
    if problem is not None:
        yield node.lineno, problem
        return
    for child in node.iter_child_nodes():
        yield from logic_in(child, macros)


def unnamed_inputs(source: str, template: nodes.Template) -> Iterator[tuple[int, str]]:
    """Yield each input of a template that the comment at its top does not name."""
    header = HEADER.match(source)
    if header is None:
        yield 1, "no comment at the top that names the inputs"
        return
    words = set(re.findall(r"\w+", header["text"]))
    inputs = meta.find_undeclared_variables(template)
    for macro in template.find_all(nodes.Macro):
        inputs |= {macro.name, *(argument.name for argument in macro.args)}
    for name in sorted(inputs - words):
        yield 1, f"the comment at the top does not name {name}"


def template_problems(source: str) -> list[str]:
    """List what is wrong with one template, as ``line: what``."""
    environment = Environment(autoescape=False)  # makes code, not HTML
    environment.filters |= FILTERS
    template = environment.parse(source)
    findings = [*unnamed_inputs(source, template), *logic_in(template, macro_names(template))]
    return [f"{line}: {text}" for line, text in sorted(findings)]


def template_ids() -> list[str]:
    """List the templates, relative to their folder."""
    files = (path.relative_to(TEMPLATES) for path in TEMPLATES.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in files if "__pycache__" not in path.parts)


def test_there_are_templates_and_nothing_else_beside_them() -> None:
    """Code that takes nothing from a spec is runtime: it is copied, not rendered."""
    names = template_ids()

    assert names
    assert [name for name in names if not name.endswith(".jinja")] == []


@pytest.mark.parametrize("name", template_ids())
def test_a_template_names_its_inputs_and_decides_nothing(name: str) -> None:
    """Every string in generated code was computed where types and tests see it."""
    assert template_problems((TEMPLATES / name).read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        pytest.param("{{ a }}", "no comment at the top that names the inputs", id="no header"),
        pytest.param("{# a. #}{{ b }}", "the comment at the top does not name b", id="input not named"),
        pytest.param(
            "{# m. #}{% macro m(x) %}{{ x }}{% endmacro %}",
            "the comment at the top does not name x",
            id="macro argument not named",
        ),
        pytest.param("{# - #}{% set x = 1 %}", "Assign does not belong in a template", id="set"),
        pytest.param("{# - #}{% set x %}b{% endset %}", "AssignBlock does not belong in a template", id="set block"),
        pytest.param("{# a #}{% if a == 1 %}b{% endif %}", "an if that asks more than a bare name", id="comparison"),
        pytest.param("{# a #}{% if not a %}b{% endif %}", "an if that asks more than a bare name", id="not"),
        pytest.param("{# a #}{% if a is none %}b{% endif %}", "an if that asks more than a bare name", id="test"),
        pytest.param("{# a #}{% for x in a if x %}b{% endfor %}", "a for over more than a bare name", id="selection"),
        pytest.param(
            "{# a #}{% for x in a.b() %}b{% endfor %}", "a for over more than a bare name", id="loop over call"
        ),
        pytest.param("{# a #}{{ a.join(1) }}", "a call of something that is no macro", id="method call"),
        pytest.param("{# a #}{{ range(a) }}", "a call of something that is no macro", id="global call"),
        pytest.param(
            "{# - #}{{ 1 | literal }}",
            "a filter of a constant, which would be applied when the template is compiled",
            id="filtered constant",
        ),
        pytest.param("{# a #}{{ a + 1 }}", "Add does not belong in a template", id="arithmetic"),
        pytest.param("{# a #}{{ a ~ a }}", "Concat does not belong in a template", id="concatenation"),
        pytest.param("{# a #}{{ a[0] }}", "Getitem does not belong in a template", id="subscript"),
        pytest.param("{# a #}{{ 1 if a else 2 }}", "CondExpr does not belong in a template", id="conditional"),
        pytest.param(
            '{# a #}x = "{{ a }}"', "a value between quotes, where a filter should write the literal", id="quotes"
        ),
    ],
)
def test_logic_in_a_template_is_noticed(source: str, problem: str) -> None:
    """The check above can fail, once for each thing that a template must not do."""
    assert template_problems(source) == [f"1: {problem}"]


def test_a_problem_in_a_template_is_located() -> None:
    """The line of a finding is the line in the file, inside macros and loops too."""
    source = "{# m, x. #}\n{% macro m(x) %}\n{% for y in x %}\n{{ y + 1 }}\n{% endfor %}\n{% endmacro %}"

    assert template_problems(source) == ["4: Add does not belong in a template"]


def test_what_a_template_may_do_is_left_alone() -> None:
    """Loops, bare names, macros and filters are not reported."""
    source = """{#- page(op, items): everything that is allowed. -#}
{% from "_a.jinja" import line, row as column %}
{% import "_b.jinja" as b %}
{% macro page(op, items) %}
{% for key, value in op.pairs %}
{{ column(key, wide=value) }}{{ line(op) }}
{% endfor %}
{% if op.stream %}{{ b.part(items) | indent(4) }}{% else %}{{ op.doc | literal }}{% endif %}
{% endmacro %}
"""
    assert template_problems(source) == []
