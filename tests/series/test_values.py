from quotidian.series.values import Metric, above_zero, controlled, values

SENT = b'{"time":"2026-03-01","messages":{"email":[{"variation_name":"A","variation_api_id":"a","sent":2,"clicks":0}]}'
ONE = SENT + b',"conversions":1,"unique_recipients":2,"revenue":1.5}'


def test_the_numbers_of_a_campaigns_point_are_named_by_channel_and_variation() -> None:
    assert values("campaign", ONE) == {
        Metric("sent", "email", "a"): 2,
        Metric("clicks", "email", "a"): 0,
        Metric("conversions"): 1,
        Metric("unique_recipients"): 2,
        Metric("revenue"): 1.5,
    }


def test_a_control_group_that_two_channels_list_has_its_numbers_once() -> None:
    control = b'[{"variation_name":null,"variation_api_id":null,"enrolled":3}]'
    point = b'{"time":"2026-03-01","messages":{"email":%s,"sms":%s},"conversions":0}' % (control, control)
    assert values("campaign", point) == {Metric("enrolled", "control", None): 3, Metric("conversions"): 0}


def test_the_numbers_of_a_canvass_point_include_those_of_deleted_steps() -> None:
    lines = (
        b'{"time":"2026-03-01","total_stats":{"revenue":0.0,"conversions":1,"entries":4}',
        b'"v":{"name":"V","entries":4}',
        b'"s":{"name":null,"unique_recipients":2,"messages":{"email":[{"sent":2}]}}',
        b'"gone":{"name":null,"unique_recipients":1,"messages":{}}',
    )
    assert values("canvas", b"\n".join(lines)) == {
        Metric("revenue"): 0,
        Metric("conversions"): 1,
        Metric("entries"): 4,
        Metric("entries", "variant", "v"): 4,
        Metric("unique_recipients", "step", "s"): 2,
        Metric("sent", "email", "s"): 2,
        Metric("unique_recipients", "step", "gone"): 1,
    }


def test_new_names_another_order_and_new_zeros_are_no_change() -> None:
    renamed = ONE.replace(b'"variation_name":"A"', b'"variation_name":"B"')
    more = ONE.replace(b'"sent":2', b'"opens":0,"sent":2').replace(b'"email":[', b'"sms":[],"email":[')
    assert above_zero("campaign", ONE) == above_zero("campaign", renamed)
    assert above_zero("campaign", ONE) == above_zero("campaign", more)


def test_another_number_is_a_change() -> None:
    assert above_zero("campaign", ONE) != above_zero("campaign", ONE.replace(b'"sent":2', b'"sent":3'))
    assert above_zero("campaign", ONE) != above_zero("campaign", ONE.replace(b'"a"', b'"b"'))


def test_a_point_of_zeros_is_the_same_as_none() -> None:
    assert above_zero("dau", b'{"time":"2026-03-01","dau":0}') == above_zero("dau", None)
    assert above_zero("dau", None) != above_zero("dau", b'{"time":"2026-03-01","dau":1}')


def test_a_control_group_that_a_further_channel_lists_has_new_numbers_there() -> None:
    control = b'[{"variation_name":null,"variation_api_id":"c","enrolled":3}]'
    alone = b'{"time":"2026-03-01","messages":{"control":%s}}' % control
    assert controlled("campaign", alone) == {"control"}
    assert controlled("campaign", alone.replace(b"control", b"email")) == {"email"}
    assert controlled("campaign", alone.replace(b"3", b"0")) == frozenset()
