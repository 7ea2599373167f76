"""The Python client and the subscription to a log."""

from api.client.client import Client
from api.client.errors import ApiError, ServerUnavailable
from api.client.subscription import follow

__all__ = ["ApiError", "Client", "ServerUnavailable", "follow"]
