"""Add to the wheel what its packages read at run time: templates, client runtime, and the shipped specs.

They live beside the packages in the checkout (``codegen/templates``, ``codegen/runtime``, ``spec/*.yaml``) because that
is where people look for them. Hatchling's static ``force-include`` would also copy them into an editable install, where
the copies go stale; a hook can tell the two builds apart.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PackageData(BuildHookInterface[Any]):
    """Map folders of the checkout to places inside the packages."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fill ``build_data["force_include"]``.

        Args:
            version: ``"standard"`` for a real wheel, ``"editable"`` for a link to the checkout.
            build_data: What Hatchling is about to build with; changed in place, as the hook's interface asks.
        """
        if version == "editable":
            return
        root = Path(self.root)
        folders = {root / "codegen" / name: f"safelight_codegen/{name}" for name in ("templates", "runtime")}
        specs = [*sorted((root / "spec").glob("*.yaml")), root / "spec" / "language.schema.json"]
        files = {path: f"safelight/specs/{path.name}" for path in specs}
        build_data["force_include"].update({str(path): target for path, target in (folders | files).items()})
