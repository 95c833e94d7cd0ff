"""What is compressed on its way, and what is not."""

from __future__ import annotations

import gzip

import pytest
from django.test import Client

from tests.factories import client_of, make_cast

ASKED = {"Accept-Encoding": "gzip, br"}


@pytest.mark.django_db
def test_page__browser_that_reads_gzip__compressed_and_whole() -> None:
    client = client_of(make_cast().carol)
    plain = client.get("/w/acme/shop/soft-asks/")
    packed = client.get("/w/acme/shop/soft-asks/", headers=ASKED)
    assert "Content-Encoding" not in plain.headers
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    assert "<h1>" in gzip.decompress(packed.content).decode()
    assert len(packed.content) < len(plain.content) / 2


@pytest.mark.django_db
def test_answer_to_a_program__left_alone() -> None:
    answer = Client().get("/api/v1/nothing", headers=ASKED)
    assert answer.status_code == 404
    assert "Content-Encoding" not in answer.headers
