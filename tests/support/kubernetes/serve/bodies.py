"""Bodies of requests."""

from __future__ import annotations

from aiohttp import web

from support.kubernetes.objects.json_value import Json, Value, parsed
from support.kubernetes.objects.refusal import Refusal, bad_request
from support.kubernetes.serve.protobuf import MEDIA, decoded_protobuf

LARGEST_BODY = 3 * 1024 * 1024


async def whole_body(request: web.BaseRequest) -> bytes:
    """Return the bytes; raises Refusal 413."""
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        told = f"Request entity too large: limit is {LARGEST_BODY}"
        raise Refusal(413, "RequestEntityTooLarge", told) from error


async def json_body(request: web.BaseRequest) -> Value:
    """Return what a body says; raises Refusal 415 for a form or a kind that cannot be read."""
    if request.content_type == MEDIA:
        try:
            return decoded_protobuf(await whole_body(request))
        except ValueError as error:
            raise Refusal(415, "UnsupportedMediaType", f"protobuf: {error}") from error
    if request.content_type != "application/json":
        raise Refusal(
            *(415, "UnsupportedMediaType"),
            "the body of the request was in an unknown format - accepted media types include: "
            "application/json",
        )
    try:
        return parsed(await whole_body(request))
    except ValueError as error:
        raise bad_request(f"couldn't get version/kind; json parse error: {error}") from error


async def options_body(request: web.BaseRequest) -> Json:
    """Return the options of a deletion, none if there is no body."""
    found = await json_body(request) if await whole_body(request) else {}
    if not isinstance(found, dict):
        raise bad_request("options of a deletion are an object")
    return found
