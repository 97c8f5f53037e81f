"""The lookup tables of the service desk."""

from __future__ import annotations

from app.plugin_api import Model, RegisterRow


class Channel(RegisterRow, Model):
    """Meio de Comunicação: telephone, e-mail, visit…"""

    __tablename__ = "service_desk_channel"


class ForwardingOutcome(RegisterRow, Model):
    """Conclusão do Encaminhamento: how a forwarding's answer concluded."""

    __tablename__ = "service_desk_forwarding_outcome"
