"""What a key can be short of."""


class NotAvailable(Exception):
    """The library of this algorithm is not installed; the message says how to install it."""


class BadKey(Exception):
    """No key of that algorithm; the message says what it is instead."""
