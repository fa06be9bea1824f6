"""What becomes of events that a function failed on for the last time."""

from __future__ import annotations

import json

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


def test_an_event_that_is_given_up_goes_to_the_dead_letter_queue(account, aws):
    sqs, functions = aws("sqs"), aws("lambda")
    url = sqs.create_queue(QueueName="failed")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions.create_function(
        FunctionName="f",
        Runtime="python3.13",
        Role=aws("iam").create_role(RoleName="run", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"],
        Handler="opslib.nothing.handler",  # which there is not
        Code={"ZipFile": b"code"},
        DeadLetterConfig={"TargetArn": arn},
    )
    assert functions.get_function_configuration(FunctionName="f")["DeadLetterConfig"] == {"TargetArn": arn}
    functions.invoke(FunctionName="f", InvocationType="Event", Payload=json.dumps({"n": 1}))
    account.clock.advance(100)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    account.clock.advance(600)
    [message] = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert json.loads(message["Body"]) == {"n": 1}
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "Unhandled"
