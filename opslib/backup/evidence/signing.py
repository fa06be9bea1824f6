"""Signatures of reports by an asymmetric KMS key: made here, checked by KMS, or by openssl with the public key."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from opslib.backup.evidence.report import Signature
from opslib.clients import Clients, aws_call
from opslib.errors import Refused

__all__ = ["Signer"]

PREFERRED = ("ECDSA_SHA_256", "RSASSA_PSS_SHA_256", "RSASSA_PKCS1_V1_5_SHA_256")
"""Those over a SHA-256, best first."""


@dataclass(frozen=True)
class Signer:
    """A key and the way to it.

    Attributes:
        key: ARN, id or alias (`alias/backup-evidence`) of a key whose usage is SIGN_VERIFY.
        clients: AWS clients.
        region: Of the key, where its name is no ARN; None: the default one.
    """

    key: str
    clients: Clients = field(default_factory=Clients)
    region: str | None = None

    def sign(self, digest: bytes) -> Signature:
        """Sign a SHA-256.

        Raises:
            Refused: AWS refuses, or the key cannot sign one.
        """
        described = self.describe()
        algorithm = next((name for name in PREFERRED if name in described.get("SigningAlgorithms", ())), None)
        if algorithm is None:
            raise Refused(
                f"the KMS key {self.key} signs no SHA-256", "create a key with usage SIGN_VERIFY, such as ECC_NIST_P256"
            )
        with aws_call(f"signing with the KMS key {self.key}"):
            answer = self._kms("mutate").sign(
                KeyId=described["Arn"], Message=digest, MessageType="DIGEST", SigningAlgorithm=algorithm
            )
        value = base64.b64encode(answer["Signature"]).decode("ascii")
        return Signature(key=described["Arn"], algorithm=algorithm, value=value)

    def is_valid(self, signature: Signature, digest: bytes) -> bool:
        """Whether this key made a signature of a SHA-256. The key that the signature itself names is not trusted.

        Raises:
            Refused: AWS refuses to say.
        """
        kms = self._kms("read")
        with aws_call(f"verifying with the KMS key {self.key}"):
            try:
                answer = kms.verify(
                    KeyId=self.key,
                    Message=digest,
                    MessageType="DIGEST",
                    Signature=base64.b64decode(signature.value),
                    SigningAlgorithm=signature.algorithm,
                )
            except kms.exceptions.KMSInvalidSignatureException:
                return False
        return bool(answer["SignatureValid"])

    def describe(self) -> dict[str, Any]:
        """What KMS says of the key.

        Raises:
            Refused: there is no such key, or AWS refuses to say.
        """
        with aws_call(f"describing the KMS key {self.key}"):
            return dict(self._kms("read").describe_key(KeyId=self.key)["KeyMetadata"])

    def _kms(self, purpose: Any) -> Any:
        region = self.key.split(":")[3] if self.key.startswith("arn:") else self.region
        return self.clients.client("kms", region=region, purpose=purpose)  # type: ignore[call-overload]  # no stubs
