"""One resource in AWS: its row, what is known of it, and the calls that are about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opslib.errors import StandInFailed, StandInRefusal
from opslib.sandbox.provider.aws import Aws
from opslib.sandbox.provider.codecs import Many
from opslib.sandbox.provider.live import Live, outputs_of
from opslib.sandbox.provider.paths import fill, get_at
from opslib.sandbox.provider.requests import Request, encoded, tags_for
from opslib.sandbox.provider.row import Attributes, Call, Reconcile, ResourceType

__all__ = ["Resource"]

_NAMES = ("name", "alarmName", "dashboardName", "endpoint", "resourceId", "arn", "id")


class Resource:
    """A resource as a row describes it.

    Args:
        row: Its type.
        scope: What the row's templates may name: its inputs, its outputs, its id, account and region.
        aws: The AWS that it is in.
    """

    def __init__(self, row: ResourceType, scope: Mapping[str, Any], aws: Aws) -> None:
        self.row = row
        self.scope = dict(scope)
        self._aws = aws

    def __str__(self) -> str:
        name = next((self.scope[one] for one in _NAMES if self.scope.get(one) is not None), "")
        return f"{self.row.token} {name!r}"

    @property
    def id(self) -> str:
        """Pulumi's identifier of it."""
        return str(self.scope["id"])

    @property
    def region(self) -> str:
        """Where it is."""
        return str(self.scope["region"])

    def send(self, request: Request) -> dict[str, Any]:
        """Make a call."""
        return self._aws.call(self.row.service, self.region, request.operation, request.parameters, str(self))

    def act(self, call: Call, **more: Any) -> dict[str, Any]:
        """Make a call of the row, with the resource's values and these in it."""
        return self._aws.act(self.row.service, self.region, call, {**self.scope, **more}, str(self))

    def live(self) -> Live | None:
        """What AWS tells of it, or None when it is gone."""
        first, *others = self.row.lookups
        found = self._aws.look(self.row.service, self.region, first, self.scope, str(self))
        if found is None or (self.row.gone_when and get_at(found, self.row.gone_when[0]) == self.row.gone_when[1]):
            return None
        live: Live = dict(found)
        for lookup in others:
            live[lookup.into] = self._aws.look(self.row.service, self.region, lookup, self.scope, str(self))
        return live

    def refuse_if_there(self) -> None:
        """See that nothing stands where it is to be created.

        Raises:
            StandInRefusal: Something does; AWS's operation would overwrite it, or give it back as if it were new.
        """
        row = self.row
        if row.search:
            found = self._aws.look(row.service, self.region, row.search, self.scope, str(self))
        elif row.identity:
            found = self.live()
        else:
            return
        if found is not None and (row.taken is None or row.taken(found)):
            raise StandInRefusal(
                f"{self} already exists in account {self.scope['account_id']}, {self.region}",
                "import it or give it another name; a resource that was only moved in the program needs an alias",
            )

    def wait(self, waiter: str) -> None:
        """Wait for what takes its time in AWS."""
        asked = fill(self.row.lookups[0].call.parameters, self.scope)
        self._aws.wait(self.row.service, self.region, waiter, asked, str(self))

    def outputs(self, live: Live, inputs: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
        """Its outputs, from what AWS tells and the program's inputs."""
        outputs = outputs_of(self.row, live, inputs, self.scope)
        if self.row.tags:
            outputs["tagsAll"] = dict(tags)
        if self.row.regional:
            outputs["region"] = self.region
        return outputs

    def tags(self, live: Live) -> dict[str, str]:
        """Its tags in AWS, without AWS's own."""
        if self.row.tags is None:
            return {}
        try:
            listed = self.act(self.row.tags.listing, **outputs_of(self.row, live, {}, self.scope))
        except StandInFailed as error:
            if self.row.tags.none and error.code == self.row.tags.none:
                return {}
            raise
        told = get_at(listed, self.row.tags.at) or {}
        if self.row.tags.pair:
            key, value = self.row.tags.pair
            told = {pair[key]: pair[value] for pair in told}
        return {name: text for name, text in told.items() if not name.startswith("aws:")}

    def retag(self, olds: Mapping[str, str], news: Mapping[str, str]) -> None:
        """Bring its tags from one state to another."""
        if self.row.tags is None:
            return
        if self.row.tags.whole:
            if olds != news:
                self.act(self.row.tags.tag if news else self.row.tags.untag, tags=tags_for(self.row.tags, news))
            return
        dropped = sorted(set(olds) - set(news))
        added = {name: text for name, text in news.items() if olds.get(name) != text}
        if dropped:
            self.act(self.row.tags.untag, keys=dropped, pairs=[{"Key": name} for name in dropped])
        if added:
            self.act(self.row.tags.tag, tags=tags_for(self.row.tags, added))

    def set_attributes(self, update: Attributes, names: set[str], inputs: Mapping[str, Any]) -> None:
        """Set attributes one by one, in the row's order."""
        for one in self.row.fields:
            if one.name in names and one.path.startswith(f"{update.path}."):
                value = one.cleared if inputs.get(one.name) is None else encoded(one, inputs[one.name])
                self.act(update.call, attribute=one.path.rpartition(".")[2], value=value)

    def still_there(self, one: Reconcile, outputs: Mapping[str, Any]) -> list[Any]:
        """The elements of a set that AWS still has of those that were known; another resource may have taken some."""
        live = self.live() or {}
        there, codec = one.field.codec.decode(get_at(live, one.field.told_at)) or [], one.field.codec
        same = codec.item.same if isinstance(codec, Many) else codec.same
        return [each for each in outputs.get(one.field.name) or [] if any(same(each, other) for other in there)]

    def reconcile(self, one: Reconcile, olds: Mapping[str, Any], news: Mapping[str, Any]) -> None:
        """Remove and add the elements of a set in which two states differ."""
        old, new = olds.get(one.field.name) or [], news.get(one.field.name) or []
        codec = one.field.codec
        same = codec.item.same if isinstance(codec, Many) else codec.same

        def apart(items: list[Any], others: list[Any]) -> list[Any]:
            return [each for each in items if not any(same(each, other) for other in others)]

        for call, items in ((one.remove, apart(old, new)), (one.add, apart(new, old))):
            for item in encoded(one.field, items):
                self.act(call, item=item)
