"""Lambda and Step Functions."""

from __future__ import annotations

import json

from tests.sandbox.moto_as_found.found import Moto, Rows, code

ROWS = Rows()

FUNCTIONS, MACHINES = "gaps/functions.py", "gaps/stepfunctions.py"
PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}


@ROWS.add("lambda:CreateFunction", file=FUNCTIONS, aws="code that is not in S3 is refused", found="taken")
def _(moto: Moto) -> object:
    moto.elsewhere("s3").create_bucket(Bucket="code-of-f")
    return moto.refused(
        moto.functions.create_function,
        FunctionName="f",
        Runtime="python3.12",
        Role=moto.role(),
        Handler="h.h",
        Code={"S3Bucket": "code-of-f", "S3Key": "none"},
    )


@ROWS.add(
    "lambda:UpdateFunctionConfiguration",
    "lambda:GetFunction",
    "lambda:GetFunctionConfiguration",
    file=FUNCTIONS,
    aws="an outdated RevisionId is refused",
    found="taken",
)
def _(moto: Moto) -> object:
    moto.function()
    change = moto.functions.update_function_configuration
    return moto.refused(change, FunctionName="f", Timeout=9, RevisionId="outdated")


@ROWS.add("lambda:UpdateFunctionCode", file=FUNCTIONS, aws="an outdated RevisionId is refused", found="taken")
def _(moto: Moto) -> object:
    moto.function()
    change = moto.functions.update_function_code
    return moto.refused(change, FunctionName="f", ZipFile=code(), RevisionId="outdated")


@ROWS.add("lambda:Invoke", file="behaviour/functions", aws="the handler runs", found=b"Simple Lambda happy path OK")
def _(moto: Moto) -> object:
    moto.function()
    return moto.functions.invoke(FunctionName="f")["Payload"].read()


@ROWS.add("lambda:PutFunctionEventInvokeConfig", file=FUNCTIONS, aws="in the place of what was put before", found=60)
def _(moto: Moto) -> object:
    moto.function()
    moto.functions.put_function_event_invoke_config(FunctionName="f", MaximumEventAgeInSeconds=60)
    moto.functions.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=1)
    return moto.functions.get_function_event_invoke_config(FunctionName="f").get("MaximumEventAgeInSeconds")


@ROWS.add("lambda:PublishVersion", file=FUNCTIONS, aws="another CodeSha256 is refused", found="taken")
def _(moto: Moto) -> object:
    moto.function()
    return moto.refused(moto.functions.publish_version, FunctionName="f", CodeSha256="another")


@ROWS.add("lambda:CreateAlias", file=FUNCTIONS, aws="a second version of an alias has to be there", found="taken")
def _(moto: Moto) -> object:
    moto.function(Publish=True)
    weights = {"AdditionalVersionWeights": {"9": 0.1}}
    return moto.refused(
        moto.functions.create_alias, FunctionName="f", Name="live", FunctionVersion="1", RoutingConfig=weights
    )


@ROWS.add("lambda:UpdateAlias", file=FUNCTIONS, aws="an outdated RevisionId is refused", found="taken")
def _(moto: Moto) -> object:
    moto.function(Publish=True)
    moto.functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    return moto.refused(moto.functions.update_alias, FunctionName="f", Name="live", RevisionId="outdated")


def _machine(moto: Moto, definition: object = PASS) -> str:
    given = {"name": "m", "definition": json.dumps(definition), "roleArn": moto.role()}
    arn: str = moto.stepfunctions.create_state_machine(**given)["stateMachineArn"]
    return arn


@ROWS.add(
    "stepfunctions:CreateStateMachine", file=MACHINES, aws="a definition that makes no sense is refused", found="taken"
)
def _(moto: Moto) -> object:
    return moto.refused(_machine, moto=moto, definition={"StartAt": "B", "States": {"A": {"Type": "Pass"}}})


@ROWS.add(
    "stepfunctions:UpdateStateMachine", file=MACHINES, aws="a definition that makes no sense is refused", found="taken"
)
def _(moto: Moto) -> object:
    arn = _machine(moto)
    wrong = json.dumps({"StartAt": "B", "States": {}})
    return moto.refused(moto.stepfunctions.update_state_machine, stateMachineArn=arn, definition=wrong)


@ROWS.add(
    "stepfunctions:StartExecution",
    "stepfunctions:DescribeExecution",
    "stepfunctions:DescribeStateMachineForExecution",
    "stepfunctions:ListExecutions",
    "stepfunctions:SendTaskFailure",
    "stepfunctions:SendTaskHeartbeat",
    "stepfunctions:SendTaskSuccess",
    "stepfunctions:StopExecution",
    file="behaviour/state_machines",
    aws="an execution comes to its end",
    found="RUNNING",
)
def _(moto: Moto) -> object:
    started = moto.stepfunctions.start_execution(stateMachineArn=_machine(moto))
    return moto.stepfunctions.describe_execution(executionArn=started["executionArn"])["status"]


@ROWS.add(
    "stepfunctions:GetExecutionHistory",
    file="behaviour/state_machines",
    aws="what happened in it",
    found=["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"],
)
def _(moto: Moto) -> object:
    waits = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 3600, "End": True}}}
    started = moto.stepfunctions.start_execution(stateMachineArn=_machine(moto, waits))
    events = moto.stepfunctions.get_execution_history(executionArn=started["executionArn"])["events"]
    return [event["type"] for event in events]


@ROWS.add("stepfunctions:StartSyncExecution", file=MACHINES, aws="an express execution runs", found="404")
def _(moto: Moto) -> object:
    return moto.refused(moto.stepfunctions.start_sync_execution, stateMachineArn=_machine(moto))
