"""Every example of docs/webhooks.md is run; its JavaScript by tests/consumers/webhooks.py."""

import asyncio
import datetime as dt
import re
from pathlib import Path

import httpx

from app.kit.clock import SystemClock
from app.webhooks.outcomes import FAILURES_UNTIL_DISABLED, SCHEDULE
from tests.given.participants import participant
from tests.given.webhooks import endpoint
from tests.receiver import send_due

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
RECEIVER = next(each for each in EXAMPLES if "FastAPI" in each)


def test_what_an_administrator_does_is_done(admin, house, receiver, capsys):
    known = {"api": admin}
    said = []
    for example in EXAMPLES:
        if example == RECEIVER:
            continue
        if "/enable" in example:
            admin.post(f"/webhook-endpoints/{known['registered']['id']}/disable")
        answers = []
        admin.event_hooks["response"] = [answers.append]
        exec(example.replace("hr.example.com", f"hr{len(said)}.example.com"), known)  # noqa: S102
        admin.event_hooks["response"] = []
        assert answers, example
        assert all(each.is_success for each in answers), example
        said.append(example)
    assert len(said) == 5
    assert known["secret"].startswith("whsec_")
    assert known["fresh"] != known["secret"]
    assert capsys.readouterr().out == "[]\n"


def test_the_example_of_a_receiver_takes_ours_once_and_refuses_what_is_forged(
    admin, house, receiver, monkeypatch, capsys
):
    house.clock.travel_to(SystemClock().now())
    made = endpoint(admin, url=receiver.url, event_types=["participant.added"])
    participant(admin)
    send_due(house.lanes)
    (message,) = receiver.seen
    monkeypatch.setenv("WEBHOOK_SECRET", made["secret"])
    known = {}
    exec(RECEIVER, known)  # noqa: S102
    hears = httpx.AsyncClient(
        transport=httpx.ASGITransport(known["app"]), base_url="http://receiver"
    )

    async def post(body):
        headers = {name: message.headers[name] for name in message.headers if "webhook" in name}
        answer = await hears.post("/hooks/rementor", content=body, headers=headers)
        return answer.status_code

    async def tell():
        async with hears:
            return [await post(body) for body in (message.body, message.body, message.body + " ")]

    assert asyncio.run(tell()) == [204, 204, 400]
    assert capsys.readouterr().out.count("participant.added") == 1


def test_the_page_says_what_the_code_does():
    told = re.search(r"^\| after a pause of \|(.*)\|$", PAGE, re.MULTILINE)[1].split("|")
    units = {"s": "seconds", "min": "minutes", "h": "hours"}
    pauses = [
        dt.timedelta(**{units[unit]: int(number)})
        for number, unit in (each.split() for each in told)
    ]
    assert tuple(pauses) == SCHEDULE
    assert FAILURES_UNTIL_DISABLED == 40
