"""The reference: one-route FastAPI applications as its tutorial writes them."""

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Person(BaseModel):
    given_name: str
    family_name: str
    time_zone: str
    languages: list[str]


@app.get("/hello")
async def hello() -> dict[str, str]:
    return {"hello": "world"}


@app.post("/noop", status_code=201)
async def noop(person: Person) -> Person:
    """Validate a body, do nothing, serialize it: what any POST costs at least."""
    return person
