"""What stands behind the pytest plugin: the objects that its fixtures give to tests.

>>> def test_the_app_draws_once(safelight_server: SafelightServer) -> None: ...  # doctest: +SKIP

The plugin itself, `safelight_testkit.pytest_plugin`, is loaded by every run of pytest where Safelight is installed, so
it imports nothing of this package before a test asks for a fixture.
"""

from safelight_testkit.plugin.clients import OtherRevision
from safelight_testkit.plugin.log import Received, Requests
from safelight_testkit.plugin.server import SafelightServer

__all__ = ["OtherRevision", "Received", "Requests", "SafelightServer"]
