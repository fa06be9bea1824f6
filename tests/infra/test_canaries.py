"""Canaries: from addresses in a stack's file to a script that runs, what it may do, and what its alarms then say."""

from __future__ import annotations

import base64
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from infra import program
from infra.assembly.canaries import canaries
from infra.components import canary_script
from infra.components.canaries import Canaries
from infra.config import StackConfig
from infra.where import Where
from opslib.contract import StackOutputs
from opslib.errors import BadRequest
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.in_process import Run, run_program
from opslib.sandbox.provider import StandInProvider
from tests.conftest import ACCOUNT, REGION
from tests.infra.product import product, values_of
from tests.infra.shop import of_type, only, run

pytestmark = pytest.mark.feature("M20")

RUNTIME = "syn-python-selenium-6.0"
SITE = {"urls": ["https://shop.example/", "https://shop.example/cart"], "contains": "shop", "runtime": RUNTIME}
CANARY = "aws:synthetics/canary:Canary"
WHERE = Where(account=ACCOUNT, partition="aws", region=REGION)


def config(**written: Any) -> StackConfig:
    return StackConfig.parse({**product(1), "canaries": written}, source="test")


def made(provider: StandInProvider | None = None, **written: Any) -> Run:
    args = canaries(config(**(written or {"site": SITE})), WHERE, {"team": "web"})
    assert args is not None
    if provider is None:
        return run(lambda: Canaries("canaries", args))
    settings = {"aws:region": REGION}
    return run_program(
        lambda: Canaries("canaries", args), project="shop", stack="test", config=settings, provider=provider
    )


def test_addresses_become_a_canary_that_runs() -> None:
    ran = made()
    inputs = only(ran, CANARY).inputs
    assert (inputs["name"], inputs["runtimeVersion"], inputs["startCanary"]) == ("many-test-site", RUNTIME, True)
    assert inputs["schedule"] == {"expression": "rate(5 minutes)"}
    checks = json.loads(inputs["runConfig"]["environmentVariables"]["CHECKS"])
    assert checks == [{"contains": "shop", "seconds": 30.0, "url": url} for url in SITE["urls"]]
    assert inputs["runConfig"]["timeoutInSeconds"] == 60
    script = only(ran, "aws:s3/bucketObjectv2:BucketObjectv2").inputs
    assert (inputs["s3Bucket"], inputs["s3Key"]) == (script["bucket"], script["key"])
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(script["contentBase64"]))) as bundle:
        assert bundle.namelist() == ["python/canary_script.py"]
        assert f"{inputs['handler'].partition('.')[0]}.py" == "canary_script.py"


def test_the_same_script_is_the_same_bundle() -> None:
    keys = [only(made(), "aws:s3/bucketObjectv2:BucketObjectv2").inputs for _ in range(2)]
    assert keys[0] == keys[1]


def test_what_it_records_is_private_and_goes_after_a_month() -> None:
    ran = made()
    bucket = only(ran, "aws:s3/bucket:Bucket").inputs["bucket"]
    assert bucket == f"many-test-canaries-{ACCOUNT}-{REGION}"
    block = only(ran, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs
    assert all(block[name] is True for name in ("blockPublicAcls", "blockPublicPolicy", "restrictPublicBuckets"))
    (rule,) = only(ran, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs["rules"]
    assert (rule["filter"], rule["expiration"]) == ({"prefix": "runs/"}, {"days": 31})
    (tls,) = json.loads(only(ran, "aws:s3/bucketPolicy:BucketPolicy").inputs["policy"])["Statement"]
    assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_its_role_may_record_and_nothing_else() -> None:
    policy = json.loads(only(made(), "aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    allowed = {tuple(one["Action"]): one for one in policy["Statement"]}
    bucket = f"arn:aws:s3:::many-test-canaries-{ACCOUNT}-{REGION}"
    assert allowed[("s3:PutObject",)]["Resource"] == f"{bucket}/runs/*"
    assert not [action for actions in allowed for action in actions if "*" in action]
    everywhere = {actions for actions, one in allowed.items() if one["Resource"] == "*"}
    assert everywhere == {("s3:ListAllMyBuckets",), ("cloudwatch:PutMetricData",)}
    published = allowed[("cloudwatch:PutMetricData",)]["Condition"]
    assert published == {"StringEquals": {"cloudwatch:namespace": "CloudWatchSynthetics"}}


def test_its_alarms_name_what_was_made() -> None:
    values = {**values_of(1), "opslib:canaries": {"site": SITE, "checkout": {"canary": "shop-checkout"}}}
    ran = run_program(program.main, project="opslib", stack="test", config=values)
    alarms = of_type(ran, "aws:cloudwatch/metricAlarm:MetricAlarm")
    found = {
        name: alarms[f"{name}-failing-critical"].inputs["dimensions"]["CanaryName"] for name in ("site", "checkout")
    }
    assert found == {"site": "many-test-site", "checkout": "shop-checkout"}
    outputs = StackOutputs.parse(ran.outputs, source="run")
    assert outputs.watched["site"].identifiers == {"canary": "many-test-site"}


BAD: list[tuple[dict[str, Any], str]] = [
    ({}, "give either urls, and it is made, or canary"),
    ({**SITE, "canary": "shop-checkout"}, "give either urls"),
    ({"urls": ["https://shop.example/"]}, "runtime: give one that AWS supports"),
    ({**SITE, "urls": ["shop.example"]}, "canaries.site.urls"),
    ({**SITE, "everyMinutes": 1, "timeOutSeconds": 90}, "longer than everyMinutes"),
    ({**SITE, "region": "us-east-1"}, "it is made where the stack is"),
    ({**SITE, "runtime": "python3.12"}, "canaries.site.runtime"),
]


@pytest.mark.parametrize(("written", "says"), BAD, ids=[says for _, says in BAD])
def test_what_is_wrong_is_told_on_one_line(written: dict[str, Any], says: str) -> None:
    with pytest.raises(BadRequest) as refused:
        config(site=written)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_it_is_made_in_the_sandbox_and_runs_there(aws: Sandbox) -> None:
    made(StandInProvider(endpoint_url=aws.url, region=REGION))
    found = aws.client("synthetics", REGION).get_canary(Name="many-test-site")["Canary"]
    assert (found["Status"]["State"], found["Tags"]) == ("RUNNING", {"team": "web"})


class Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = {"/": (200, b"a shop"), "/cart": (200, b"empty")}.get(self.path, (503, b"a shop"))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is written to standard error."""


@pytest.fixture
def shop() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("paths", "says"),
    [(["/"], None), (["/", "/cart"], r"/cart: 'shop' is not in the answer"), (["/gone"], r"/gone: HTTP Error 503")],
)
def test_the_script_fails_where_a_user_would(
    shop: str, paths: list[str], says: str | None, no_aws: pytest.MonkeyPatch
) -> None:
    checks = [{"url": f"{shop}{path}", "contains": "shop", "seconds": 30} for path in paths]
    no_aws.setenv("CHECKS", json.dumps(checks))
    if says is None:
        canary_script.handler({}, None)
    else:
        with pytest.raises(canary_script.NotWell, match=says):
            canary_script.handler({}, None)
