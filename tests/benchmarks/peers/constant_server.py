"""The bound: a bare Starlette application on uvicorn: ``python constant_server.py PORT FILE [parse]``.

It answers every request with the bytes of FILE; with ``parse`` it parses the request and writes the answer as JSON, and
still judges nothing.  uvicorn runs as it does for the fake: uvloop, httptools, no access log.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

PORT, FILE, *MODE = sys.argv[1:]
CONTENT = Path(FILE).read_bytes()
ANSWER = json.loads(CONTENT)


async def constant(request: Request) -> Response:
    """Read the request, as every server has to, and answer."""
    await request.body()
    return Response(CONTENT, media_type="application/json")


async def parsing(request: Request) -> Response:
    """Parse the request and write the answer."""
    json.loads(await request.body())
    return JSONResponse(ANSWER)


APPLICATION = Starlette(
    routes=[Route("/v1/images/generations", parsing if MODE == ["parse"] else constant, methods=["POST"])]
)

if __name__ == "__main__":
    uvicorn.run(APPLICATION, port=int(PORT), log_level="warning", access_log=False, server_header=False, lifespan="off")
