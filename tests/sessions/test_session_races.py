"""Two who book one person at the same moment, and a pairing that ends while somebody books."""

from tests.given.sessions import pair, person

DAYS = range(10, 20)


def booking(client, pairing_id, day, hour):
    return client.build_request(
        "POST",
        "/sessions",
        json={
            "pairing_id": pairing_id,
            "local_time": f"2026-03-{day}T{hour}",
            "time_zone": "Europe/Rome",
        },
    )


def test_two_pairs_never_book_their_common_mentor_at_the_same_time(real_house):
    admin = real_house.organization()
    mentor = person(admin, job_level=2)
    one, other = (pair(real_house, admin, mentor=mentor) for _ in range(2))
    for day in DAYS:
        answers = real_house.at_once(
            [
                booking(one.mentee, one.pairing_id, day, "10:00"),
                booking(other.mentee, other.pairing_id, day, "10:30"),
                booking(one.mentor, one.pairing_id, day, "10:15"),
                booking(other.mentor, other.pairing_id, day, "10:45"),
            ]
        )
        assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
        refusals = {each.json()["code"] for each in answers if each.status_code == 409}
        assert refusals == {"session-overlap"}


def test_nothing_stays_booked_when_the_pairing_ends_at_the_same_moment(real_house):
    admin = real_house.organization()
    for day in DAYS[:4]:
        two = pair(real_house, admin)
        end = two.mentor.build_request("POST", f"/pairings/{two.pairing_id}/end", json={})
        ended, booked = real_house.at_once([end, booking(two.mentee, two.pairing_id, day, "10:00")])
        assert ended.status_code == 200
        assert booked.status_code in (201, 409), booked.text
        real_house.work_off()
        left = two.mentee.get("/sessions", params={"status": "scheduled"}).json()["items"]
        assert left == []
