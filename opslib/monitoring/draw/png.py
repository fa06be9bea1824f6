"""A page as a PNG, by whichever browser the machine has; nothing is needed for SVG and HTML."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from opslib.errors import BadRequest

__all__ = ["browser", "png"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "microsoft-edge")
TIMEOUT_SECONDS = 120
_NEXT = "install Chromium or Chrome, or open the page in any browser"


def browser() -> str | None:
    """The path of a browser that can draw without a screen; None where there is none."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def png(page: str, to: Path, *, width: int = 1400, height: int = 2400, dark: bool = False) -> Path:
    """Draw a page, or an SVG that stands alone.

    Args:
        page: The HTML or SVG.
        to: The file to write.
        width: Of the picture, in pixels; 390 is a telephone's.
        height: Of the picture; what lies below is cut off.
        dark: As who prefers dark colours sees it.

    Raises:
        BadRequest: There is no browser here, or it drew nothing.
    """
    program = browser()
    if program is None:
        raise BadRequest(f"PNG {to}: there is no browser on PATH", _NEXT)
    with tempfile.TemporaryDirectory(prefix="opslib-draw-") as scratch:
        source = Path(scratch, "page.svg" if page.lstrip().startswith("<svg") else "page.html")
        source.write_text(page, encoding="utf-8", errors="replace")
        command = [
            program,
            "--headless",
            "--no-sandbox",  # the page is ours, holds no script and loads nothing; in containers there is no sandbox
            "--disable-gpu",
            "--hide-scrollbars",
            "--no-first-run",
            f"--user-data-dir={scratch}/profile",
            f"--blink-settings=preferredColorScheme={0 if dark else 1}",
            f"--window-size={width},{height}",
            f"--screenshot={to.absolute()}",
            source.as_uri(),
        ]
        to.unlink(missing_ok=True)
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT_SECONDS)  # noqa: S603  our own words
        except (OSError, subprocess.SubprocessError) as problem:
            raise BadRequest(f"PNG {to}: {program} failed ({type(problem).__name__})", _NEXT) from None
    if not to.is_file():
        raise BadRequest(f"PNG {to}: {program} drew nothing", _NEXT)
    return to
