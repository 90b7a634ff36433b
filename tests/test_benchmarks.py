"""The measurements, as far as a test run can tell: that each can begin."""

import importlib

import pytest

from benchmarks.__main__ import NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_measurement_can_be_loaded(name):
    assert callable(importlib.import_module(f"benchmarks.{name}").measure)
