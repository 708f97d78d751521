"""Where a run leaves its histories, and what the checker says of them."""

import contextlib
import pathlib
import shutil
import sys
import tempfile

import checker
import history


@contextlib.contextmanager
def folder(keep):
    """`keep`, or else a new folder that stays only if something goes wrong."""
    root = pathlib.Path(keep or tempfile.mkdtemp(prefix="distinct-stress-"))
    root.mkdir(parents=True, exist_ok=True)
    try:
        yield root
    except BaseException:
        print(f"stores, logs and histories are in {root}", file=sys.stderr)
        raise
    if not keep:
        shutil.rmtree(root)


def of(histories):
    """Every violation, and what was tried."""
    records = history.read(histories)
    return checker.check(records), checker.summary(records)


def demand_none(histories, title):
    """Prints what was tried. Ends the program if there is a violation."""
    violations, tried = of(histories)
    for violation in violations:
        print(f"{title}: {violation}", file=sys.stderr)
    print(f"{title}: {len(violations)} violations; {tried}", flush=True)
    if violations:
        sys.exit(1)
