"""Settings that every test shares."""

from hypothesis import settings

# A slow machine is no finding: time never decides whether a test passes.
settings.register_profile("safelight", deadline=None)
settings.load_profile("safelight")
