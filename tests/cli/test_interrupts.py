"""Ctrl-C at a moment where it would get lost (quotidian/interrupts.py)."""

import signal
from threading import Thread

import pytest

from quotidian.process.interrupts import interrupts_wait


def test_an_interrupt_takes_effect_at_the_end_of_the_block() -> None:
    done = []

    def load() -> None:
        with interrupts_wait():
            signal.raise_signal(signal.SIGINT)
            done.append("the rest of the block")

    with pytest.raises(KeyboardInterrupt):
        load()
    assert done == ["the rest of the block"]


def test_handlers_are_as_they_were_when_the_block_fails() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.raises(ImportError), interrupts_wait():
        raise ImportError
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_thread_that_gets_no_signals_may_use_it_too() -> None:
    done = []

    def load() -> None:
        with interrupts_wait():
            done.append("loaded")

    thread = Thread(target=load)
    thread.start()
    thread.join()
    assert done == ["loaded"]
