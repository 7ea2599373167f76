"""The errors of the API itself: requests that are malformed, too large, too slow or not permitted."""

from domain.errors import ParleyError, UnknownEvent


class MalformedJson(ParleyError):
    """What was sent is not JSON, or not UTF-8."""

    code = "malformed-json"


class MalformedHeader(ParleyError):
    """The value of a header is malformed."""

    code = "malformed-header"


class UnsupportedEncoding(ParleyError):
    """The Content-Encoding of the body is not supported."""

    code = "unsupported-encoding"


class MalformedEncoding(ParleyError):
    """The body does not match its Content-Encoding."""

    code = "malformed-encoding"


class BodyTooLarge(ParleyError):
    """The body exceeds the limit of bytes."""

    code = "body-too-large"


class BodyTooSlow(ParleyError):
    """The body was not received in time."""

    code = "body-too-slow"


class HeadTooLarge(ParleyError):
    """The head of the request exceeds the limit of bytes or headers."""

    code = "head-too-large"


class HeadTooSlow(ParleyError):
    """The head of the request was not received in time."""

    code = "head-too-slow"


class TargetTooLong(ParleyError):
    """The request target exceeds the limit of characters."""

    code = "target-too-long"


class MalformedRequest(ParleyError):
    """The request is not HTTP/1.1, or a part of it cannot be decoded as text."""

    code = "malformed-request"


class ImportStopped(ParleyError):
    """A concurrent write conflicts with a line of a long import; the transactions before it are recorded."""

    code = "import-stopped"


class UnsupportedMedia(ParleyError):
    """The Content-Type of the body is not supported."""

    code = "unsupported-media-type"


class NotFound(ParleyError):
    """The path does not exist."""

    code = "not-found"


class EventNotFound(UnknownEvent):
    """The path names an event that the deal does not have."""


class MethodNotAllowed(ParleyError):
    """The path does not support the method."""

    code = "method-not-allowed"


class NotAuthenticated(ParleyError):
    """The API key is missing or invalid."""

    code = "not-authenticated"


class Forbidden(ParleyError):
    """The role of the API key does not permit the request."""

    code = "forbidden"


class TooManyRequests(ParleyError):
    """The API key exceeds its rate limit."""

    code = "too-many-requests"


class Unexpected(ParleyError):
    """An unexpected error."""

    code = "internal-error"
