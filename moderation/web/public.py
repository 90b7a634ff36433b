"""Lets every origin read what is for everybody, outside the API too."""

from flask import Response


def for_every_origin(response: Response) -> Response:
    """Let every page, on whatever origin, read or embed an answer."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "ETag"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
