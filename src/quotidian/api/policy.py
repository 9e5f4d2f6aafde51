"""What pages for browsers are sent with, so that a browser runs nothing but our own scripts and tells nobody of it."""

from typing import Final

POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""Everything comes from this server, and no script or style is in the page itself; style sheets may hold small images,
as Swagger UI's does."""

PAGE_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
"""The headers of every page, at /docs and of the dashboard; `X-Content-Type-Options` is in every answer there is."""
