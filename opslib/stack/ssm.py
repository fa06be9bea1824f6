"""A stack's outputs from their mirror in SSM Parameter Store."""

from __future__ import annotations

from opslib.clients import Clients, aws_call
from opslib.contract import StackOutputs
from opslib.errors import BadRequest, StackNotFound
from opslib.mirror import STACK, from_parameters, parameter_path

__all__ = ["read_mirror"]


def read_mirror(product: str | None, environment: str, clients: Clients) -> StackOutputs:
    """Read the mirror of a stack in the clients' region.

    Args:
        product: Its product; None: the only one that has such an environment.
        environment: Its environment.
        clients: What to read with.

    Raises:
        StackNotFound: there is no mirror.
        BadRequest: several products have the environment, and none was named.
        BadOutputs: the mirror is half written, or not the contract.
        ContractVersion: it follows a version that is not read here.
        Refused: AWS does not answer, or denies the reading.
    """
    region = clients.region
    clients.identity()  # no credentials and no network are told at once here, and in plain words
    path = parameter_path(product or _product_of(environment, clients), environment)
    ssm = clients.client("ssm")
    with aws_call(f"reading {path} of SSM in {region}"):
        parameters = {
            parameter["Name"]: parameter["Value"]
            for page in ssm.get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True)
            for parameter in page["Parameters"]
        }
    if not parameters:
        raise StackNotFound(f"there is nothing under {path} in {region}")
    return from_parameters(parameters, source=f"SSM {path}")


def _product_of(environment: str, clients: Clients) -> str:
    ending = f"/{environment}/{STACK}"
    with aws_call("searching SSM"):
        pages = (
            clients.client("ssm")
            .get_paginator("describe_parameters")
            .paginate(ParameterFilters=[{"Key": "Name", "Option": "Contains", "Values": [ending]}])
        )
        names = [parameter["Name"] for page in pages for parameter in page["Parameters"]]
    products = sorted(
        name.removeprefix("/opslib/").removesuffix(ending)
        for name in names
        if name.startswith("/opslib/") and name.endswith(ending)
    )
    products = [product for product in products if product and "/" not in product]
    if not products:
        raise StackNotFound(f"nothing like /opslib/*{ending} in {clients.region}")
    if len(products) > 1:
        stacks = ", ".join(f"{product}/{environment}" for product in products)
        raise BadRequest(f"several stacks are called '{environment}': {stacks}", "name one of them")
    return products[0]
