"""Simulated provinces (模拟省份) around a whole gateway, for who wants to see it at work.

It needs nothing but this package; regions, licences and what may be asked come from the definitions.
"""

from gateway.demo.run import run

__all__ = ["run"]
