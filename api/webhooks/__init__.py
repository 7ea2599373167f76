"""Webhooks: routes, deliveries, outbound HTTP, time events."""
