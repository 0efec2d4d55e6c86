"""Counts checks: one line for each, and one with the sum at the end."""

import traceback


class Checks:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def __call__(self, title, prove):
        """Runs `prove`; it fails by raising, or by answering False."""
        try:
            if prove() is False:
                raise AssertionError("answered False")
        except Exception as error:  # A stock client may raise anything.
            self.failed += 1
            print(f"FAIL {title}\n     {type(error).__name__}: {str(error)[:600]}", flush=True)
            frames = traceback.extract_tb(error.__traceback__)
            print("".join(f"     {frame.filename}:{frame.lineno}\n" for frame in frames[-3:]), end="", flush=True)
            return
        self.passed += 1
        print(f"ok   {title}", flush=True)

    def summary(self):
        return f"{self.passed} passed, {self.failed} failed"


def expect_equal(found, wanted, what="answer"):
    if found == wanted:
        return
    if isinstance(found, list) and isinstance(wanted, list):
        shorter = min(len(found), len(wanted))
        place = next((n for n in range(shorter) if found[n] != wanted[n]), shorter)
        raise AssertionError(
            f"{what}: {len(found)} found, {len(wanted)} wanted, first different at {place}: "
            f"{found[place:place + 1]} is not {wanted[place:place + 1]}"
        )
    raise AssertionError(f"{what}: found {found!r}, wanted {wanted!r}")


def expect_raises(kind, act, is_right=lambda error: True):
    try:
        act()
    except kind as error:
        assert is_right(error), f"raised {error!r}"
        return
    raise AssertionError(f"nothing was raised, wanted {kind.__name__}")
