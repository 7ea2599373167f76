"""Parley for assistants: the Model Context Protocol over the API. Needs the extra `mcp`."""
