"""JSON in which only numbers differ (series/messages/template.py)."""

import json

from quotidian.series.messages.template import Number, Template


def test_a_place_without_a_number_has_its_zero() -> None:
    template = Template({"sent": Number(("sent",)), "revenue": Number(("revenue",), 0.0)})
    assert template.filled([]) == b'{"sent":0,"revenue":0.0}'


def test_filling_in_leaves_nothing_behind_for_the_next_time() -> None:
    template = Template({"sent": Number(("sent",))})
    assert template.filled([(("sent",), 7)]) == b'{"sent":7}'
    assert template.filled([]) == b'{"sent":0}'


def test_every_place_with_the_key_gets_the_number_and_an_unknown_key_is_left_out() -> None:
    template = Template({"direct_opens": Number(("open",)), "total_opens": Number(("open",)), "bounces": 0})
    filled = template.filled([(("open",), 3), (("click",), 5)])
    assert filled == b'{"direct_opens":3,"total_opens":3,"bounces":0}'


def test_no_name_is_taken_for_a_place() -> None:
    odd = 'a\0b"\\\n'
    template = Template({odd: [{"name": odd, "sent": Number(("sent",))}]})
    assert json.loads(template.filled([(("sent",), 1)])) == {odd: [{"name": odd, "sent": 1}]}
