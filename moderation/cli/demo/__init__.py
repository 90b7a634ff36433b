"""A complete trial on this machine: the service, a sample blog and a place to sign in, with nothing to configure."""
