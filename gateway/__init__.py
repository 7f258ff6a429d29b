"""The cross-province interoperability gateway: 电子证照核验 and 跨省通办 between provincial nodes."""

__version__ = "0.1.0"
