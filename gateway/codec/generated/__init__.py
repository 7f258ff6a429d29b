"""One module per contract, generated; see `gateway.codec`."""
