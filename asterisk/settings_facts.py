"""What the operator set, as `asterisk.render` wants it.

Owns: this one translation. Must not know what is done with the files.
"""

from __future__ import annotations

from asterisk.render import PbxFacts, QueueFacts, Strategy
from config.errors import ConfigError
from config.language import _
from config.settings import QueueSettings, Settings
from dialer.settings_anew import need_of


def pbx_facts(settings: Settings) -> PbxFacts:
    """What the templates need of the settings.

    Raises:
        ConfigError: the secret is missing, or a value does not fit into Asterisk's files.
    """
    secret = settings.ami.secret
    if secret is None:
        said = _("ami.secret is not set; put one into waihu.toml ([ami]) or into WAIHU_AMI_SECRET")
        raise ConfigError(said)
    try:
        return PbxFacts(
            ami_user=settings.ami.user,
            ami_secret=secret.get_secret_value(),
            ami_port=settings.ami.port,
            agi_host=settings.agi.host,
            agi_port=settings.agi.port,
            slots=settings.agents.slots,
            queues=tuple(_queue(queue) for queue in settings.queues),
            inbound_queue=settings.inbound.queue,
            recordings_folder=settings.supervisors.recordings,
        )
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _queue(queue: QueueSettings) -> QueueFacts:
    try:
        strategy = Strategy(queue.strategy.value)
    except ValueError:
        said = _("queue {queue}: strategy {strategy} does not fit agents who stay on the line")
        text = said.format(queue=queue.name, strategy=queue.strategy.value)
        raise ConfigError(text) from None
    need = need_of(queue)
    return QueueFacts(
        name=queue.name,
        strategy=strategy,
        service_level_s=queue.service_level_s,
        first_limit=need.first_limit,
        steps=need.steps,
        announce_position=queue.announce_position,
        announce_wait=queue.announce_wait,
        announce_every_s=queue.announce_every_s,
    )
