"""Secrets that are read again: only with the key, only where they were stored."""

import pytest

from app.kit.sealing import Sealing, SealMissing
from app.kit.settings import Environment
from app.kit.work import Principal

OLD, NEW = "o" * 32, "n" * 32
PLACE = "identity_providers:1:2"


def test_what_was_sealed_is_opened_at_its_place_and_reads_differently_each_time():
    sealing = Sealing.of([NEW])
    one, two = (sealing.seal("hüsh", PLACE) for _ in range(2))
    assert one != two
    assert "hüsh".encode() not in one
    assert [sealing.unseal(each, PLACE) for each in (one, two)] == ["hüsh", "hüsh"]


@pytest.mark.parametrize("place", ["", "identity_providers:1:3", "webhook_endpoints:1:2"])
def test_carried_to_another_place_it_does_not_open(place):
    sealed = Sealing.of([NEW]).seal("hush", PLACE)
    with pytest.raises(SealMissing):
        Sealing.of([NEW]).unseal(sealed, place)


def test_a_new_key_seals_and_the_old_one_still_opens_until_it_is_taken_away():
    old = Sealing.of([OLD]).seal("hush", PLACE)
    both = Sealing.of([NEW, OLD])
    assert both.unseal(old, PLACE) == "hush"
    again = both.seal("hush", PLACE)
    assert Sealing.of([NEW]).unseal(again, PLACE) == "hush"
    with pytest.raises(SealMissing):
        Sealing.of([NEW]).unseal(old, PLACE)


def test_no_bit_of_it_can_be_changed():
    sealing = Sealing.of([NEW])
    sealed = sealing.seal("hush", PLACE)
    for place in range(len(sealed)):
        bent = bytearray(sealed)
        bent[place] ^= 1
        with pytest.raises(SealMissing):
            sealing.unseal(bytes(bent), PLACE)
    with pytest.raises(SealMissing):
        sealing.unseal(b"", PLACE)


def test_without_a_key_nothing_is_sealed():
    with pytest.raises(SealMissing):
        Sealing.of([]).seal("hush", PLACE)


def test_a_unit_seals_with_the_operators_keys_and_production_does_not_make_one_up(house, admin):
    settings = house.lanes.settings
    with house.lanes.writing() as rows:
        cursors = house.lanes.cursors(rows)
    assert cursors.secret

    def sealing_with(**changes):
        with house.lanes.unit(Principal(actor="operator"), "test") as uow:
            uow.settings = settings.model_copy(update=changes)
            return uow.sealing

    assert sealing_with(secret_keys=(NEW,)) == Sealing.of([NEW])
    assert sealing_with() == Sealing.of([cursors.secret.hex()])
    with pytest.raises(SealMissing):
        sealing_with(environment=Environment.PRODUCTION).seal("hush", PLACE)
