from __future__ import annotations

from routing.inbound import InboundRoutes, choose_queue

ROUTES = InboundRoutes(default="waihu-inbound", by_number={"4008001234": "waihu-repairs"})


def test_the_number_that_was_dialed_decides_the_queue() -> None:  # R9
    assert choose_queue(ROUTES, "4008001234") == "waihu-repairs"


def test_every_other_call_goes_to_the_default_queue() -> None:
    assert choose_queue(ROUTES, "4008009999") == "waihu-inbound"
    assert choose_queue(ROUTES, "s") == "waihu-inbound"
