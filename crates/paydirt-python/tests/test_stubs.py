"""The stubs name what the modules hold, and nothing else."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import paydirt
from paydirt import _paydirt, models

HERE = Path(__file__).parent
PACKAGE = Path(paydirt.__file__).parent

#: What a stub needs for itself: protocols of what the native part reads.
OF_THE_STUB = {"Ways", "Columns"}


def stub(name: str) -> list[ast.stmt]:
    return ast.parse((PACKAGE / name).read_text()).body


def names(body: list[ast.stmt]) -> set[str]:
    defined = {of.name for of in body if isinstance(of, (ast.ClassDef, ast.FunctionDef))}
    return defined | {of.target.id for of in body if isinstance(of, ast.AnnAssign)}


def test_the_native_part_is_as_its_stub_says() -> None:
    public = {name for name in dir(_paydirt) if not name.startswith("__")} | {"__version__"}
    body = stub("_paydirt.pyi")
    assert names(body) - OF_THE_STUB == public
    for of in body:
        if isinstance(of, ast.ClassDef) and of.name not in OF_THE_STUB:
            native = getattr(_paydirt, of.name)
            held = {name for name in dir(native) if not name.startswith("_")}
            assert names(of.body) == held, of.name


def test_the_stub_of_the_models_is_made_of_the_catalogue() -> None:
    spec = importlib.util.spec_from_file_location("stubs", HERE.parent / "test" / "stubs.py")
    stubs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(stubs)
    assert (PACKAGE / "models.pyi").read_text() == stubs.text(), stubs.__doc__
    assert names(stub("models.pyi")) == set(models.__all__)


def test_the_package_is_typed_and_says_what_it_holds() -> None:
    assert (PACKAGE / "py.typed").is_file()
    assert all(hasattr(paydirt, name) for name in paydirt.__all__)
