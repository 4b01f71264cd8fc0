import sys

import pytest


@pytest.fixture
def interned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Strings that Python code interns from now on."""
    texts: list[str] = []

    def intern(text: str) -> str:
        texts.append(text)
        return text

    monkeypatch.setattr(sys, "intern", intern)
    return texts
