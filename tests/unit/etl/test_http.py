"""The client of both sources, without a network."""

import ssl

from etl.http import make_tls


def test_certificates_are_checked_with_authorities_that_are_read_once() -> None:
    """Every client has the same list, and it is one that refuses whom it does not know."""
    tls = make_tls()
    assert tls is make_tls()
    assert (tls.verify_mode, tls.check_hostname) == (ssl.CERT_REQUIRED, True)
