"""An identity that Sigstore certifies anew each time it signs. It has no key to be kept or stolen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import attrs

from answerable import late
from answerable.errors import ConfigurationError, MalformedError
from answerable.signing.sigstore.names import checked

if TYPE_CHECKING:
    from answerable.model import Delegation
    from answerable.signing.dsse import Envelope


@attrs.frozen
class SigstoreIdentity:
    """Signs in that name (see `names`), with the trust that is configured in `home`."""

    name: str = attrs.field(converter=checked)
    home: Path

    def public_key(self) -> NoReturn:
        """Raises `ConfigurationError`: there is none."""
        raise ConfigurationError(
            f"{self.name} has no key of its own: it lends its name to sessions, and signs nothing else",
            hint="name a key: `answerable keys list`",
        )

    def sign(self, data: bytes, /) -> bytes:
        """A bundle over `data`. Raises `ConfigurationError` where it cannot be had,
        `MissingExtraError`."""
        with late.importing:
            from answerable.signing.sigstore.signing import bundle

        return bundle(self.name, data, self.home)

    def check(self, record: Delegation, envelope: Envelope) -> None:
        """Raises `ConfigurationError` if what it has signed introduces nobody: of a time that is over, say."""
        with late.importing:
            from answerable.signing.sigstore.lending import check

        try:
            check(record, envelope, self.home)
        except MalformedError as error:
            raise ConfigurationError(f"{self.name} introduces nobody: {error.message}") from None


def begin(name: str, home: Path, trust_config: Path | None) -> None:
    """Before somebody signs in that name from then on: find out what would never work, and keep which
    Sigstore it is, if one is given. Raises `ConfigurationError`, `MissingExtraError`, `MalformedError`."""
    with late.importing:
        from answerable.signing.sigstore import roots

    checked(name)
    if trust_config is not None:
        roots.pin(home, trust_config)
    roots.where_to_sign(home)
    roots.verifier(home)
