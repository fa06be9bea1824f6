"""Who made a call: several people and programs act on one account, and tests tell them apart."""

from __future__ import annotations

import re

from opslib.sandbox.request import AwsRequest, Environ

__all__ = ["actor_of"]

# AWS's own way for an application to name itself: AWS_SDK_UA_APP_ID, `sdk_ua_app_id`, Config(user_agent_appid=…).
_APPLICATION = re.compile(r"(?:^|\s)app/([^\s/]+)")


def actor_of(request: AwsRequest, environ: Environ) -> str:
    """The application id in the user agent, else the access key, else an empty text.

    Args:
        request: The call.
        environ: Its WSGI environment.
    """
    application = _APPLICATION.search(environ.get("HTTP_USER_AGENT", ""))
    return application[1] if application else request.access_key
