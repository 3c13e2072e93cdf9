"""Where other programs are told how things stand: `[redis]`, `[mqtt]` and `[metrics]`.

Owns: the keys, their defaults, what is refused. A password or token stands in a file of its own, in
the environment, or here, never in a URL. Must not open anything.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from config.words import one_line, redis_url

Port = Annotated[int, Field(ge=1, le=65_535)]
Line = Annotated[str, AfterValidator(one_line)]
PLAIN_PORT: Final = 1_883
TLS_PORT: Final = 8_883


def _one_secret_line(secret: SecretStr) -> SecretStr:
    one_line(secret.get_secret_value())
    return secret


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


Secret = Annotated[SecretStr, AfterValidator(_one_secret_line)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RedisSettings(_Section):
    """A Redis at `url`; without one, none is told.

    `site`: the name in its keys, where `[site] name` is not to be it: engines that share a site
    have one each. `events_kept`: about so many call events stay in the stream. `pops`: screen pops
    are told as well, with names and notes of customers.
    """

    url: Annotated[Line, AfterValidator(redis_url)] | None = None
    password: Secret | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    site: Line | None = None
    events_kept: int = Field(default=100_000, ge=1_000, le=10_000_000)
    pops: bool = False


class MqttSettings(_Section):
    """An MQTT 5 broker at `host`; without one, none is told. `port`: 1883, with `tls` 8883.

    `ca_file`: who vouches for the broker, in place of the system's authorities; `certificate` and
    `key`: ours, for brokers that ask. `site`, `pops`: as for Redis.
    """

    host: Line | None = None
    port: Port | None = None
    user: Line | None = None
    password: Secret | None = None
    password_file: Path | None = None
    tls: bool = False
    ca_file: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    site: Line | None = None
    pops: bool = False

    @property
    def port_used(self) -> int:
        """The port that is set, or the usual one."""
        return self.port or (TLS_PORT if self.tls else PLAIN_PORT)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("a certificate of ours takes both: certificate and key")
        if not self.tls and (self.ca_file or self.certificate):
            raise ValueError("ca_file and certificate are of TLS: write tls = true as well")
        if self.user is None and (self.password or self.password_file):
            raise ValueError("a password is of a user: write user as well")
        return self


class MetricsSettings(_Section):
    """Figures for Prometheus at `http://host:port/metrics`.

    Whoever is to read them from another machine shows the `token`, else what `token_file` holds.
    """

    on: bool = False
    host: Line = "127.0.0.1"
    port: Port = 9_469
    token: Secret | None = None
    token_file: Path | None = None

    @model_validator(mode="after")
    def _not_for_everybody(self) -> Self:
        shown = _is_this_machine(self.host) or self.token is not None or self.token_file is not None
        if self.on and not shown:
            raise ValueError(
                f"{self.host} is seen from other machines: set token_file (or WAIHU_METRICS_TOKEN)"
            )
        return self
