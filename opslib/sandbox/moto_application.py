"""moto's WSGI application, without what it does again for every request though the answer never changes."""

from __future__ import annotations

from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

__all__ = ["MotoApplication"]

MOST_HOSTS = 1_000  # hosts may be made up (buckets, APIs): what is remembered of them must not grow for ever


class MotoApplication(DomainDispatcherApplication):  # type: ignore[misc]  # moto is untyped
    """moto's dispatcher, which remembers whose a host is: moto lists its own directory to find that out, each time."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._of_host: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        """The name of the service whose host it is, or None."""
        if host not in self._of_host:
            if len(self._of_host) >= MOST_HOSTS:
                self._of_host.clear()
            self._of_host[host] = super().get_backend_for_host(host)
        return self._of_host[host]
