"""Kinds of bodies that schemathesis does not know by itself."""

import schemathesis

schemathesis.serializer.alias("application/toml", "text/plain")
