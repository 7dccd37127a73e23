"""Writes the roster of a fictional company as an HR export: `python -m benchmarks.roster`.

The file it writes, `app/cli/roster.csv`, is checked in and is what the demo imports. The seed is
fixed and only `Random.random()` is used (the one method whose sequence Python promises to keep),
so every Python writes the same bytes.
"""

# ruff: noqa: RUF001 - Turkish names hold a dotless i on purpose

import csv
import datetime as dt
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TypeVar

T = TypeVar("T")

ROSTER = Path(__file__).parent.parent / "app" / "cli" / "roster.csv"
SEED = 20260907
TODAY = dt.date(2026, 9, 1)
MENTORS, MENTEES = 150, 130

COLUMNS = (
    "Worker ID", "Given name", "Family name", "Preferred name", "Work email", "Job title", "Level",
    "Department", "Location", "Time zone", "Languages", "Manager ID", "Hire date", "Career stage",
    "Status", "Offers", "Wants", "Interests", "Mentoring",
)  # fmt: skip

# What the company calls a level, and the integer that orders it.
JOB_LEVELS = {
    "IC1": 1, "IC2": 2, "IC3": 3, "IC4": 4, "IC5": 5, "M1": 5, "M2": 6, "D1": 7, "D2": 8,
    "VP": 9, "CEO": 10,
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A site: how many work there, in which zone, speaking what, under which names."""

    name: str
    time_zone: str
    share: int
    languages: str
    english: float  # share of the people there who also work in English
    native: float  # share whose names stand in the HR system in their own script
    given: str  # "native|latin" where the script is not Latin, else as written
    family: str


PLACES = (
    Place(
        "Milan", "Europe/Rome", 111, "it", 0.88, 1.0,
        "Giulia Marco Francesca Alessandro Chiara Matteo Niccolò Sofia Lorenzo Elena Davide Ilaria "
        "Simone Beatrice Tommaso Noemi Pietro Arianna",
        "Rossi Bianchi Ferrari Esposito Colombo Ricci Marino Greco De_Luca Conti D'Angelo Costa "
        "Fontana Rizzo Lombardi Moretti Barbieri Caputo Dell'Orto",
    ),
    Place(
        "Mumbai", "Asia/Kolkata", 80, "hi; mr", 0.96, 0.45,
        "प्रिया|Priya अर्जुन|Arjun अनन्या|Ananya रोहन|Rohan स्नेहा|Sneha विक्रम|Vikram नेहा|Neha "
        "आदित्य|Aditya कविता|Kavita संजय|Sanjay मीरा|Meera राहुल|Rahul दीपिका|Deepika सुरेश|Suresh",
        "शर्मा|Sharma पाटील|Patil देशपांडे|Deshpande कुलकर्णी|Kulkarni जोशी|Joshi मेहता|Mehta "
        "गुप्ता|Gupta अय्यर|Iyer नायर|Nair देशमुख|Deshmukh शाह|Shah राव|Rao",
    ),
    Place(
        "Warsaw", "Europe/Warsaw", 62, "pl", 0.85, 1.0,
        "Łukasz Agnieszka Paweł Małgorzata Michał Zofia Grzegorz Katarzyna Jakub Żaneta Wojciech "
        "Bożena Kamil Weronika Stanisław Urszula",
        "Kowalczyk Wójcik Jędrzejczyk Nowak Woźniak Mazur Krawczyk Piątek Łuczak Świątek Żak "
        "Wróbel Gołąb Sikora Dudek",
    ),
    Place(
        "London", "Europe/London", 60, "en", 1.0, 1.0,
        "Oliver Amelia Harry Charlotte George Siobhán Zoë Liam Fatima Daniel Grace Rhys Chloë "
        "Kwame Imogen Nia Thomas Aoife",
        "Smith O'Neil Jones Williams Taylor MacGregor Okafor Khan Hughes Ní_Bhriain Patel "
        "Fitz-Gerald Adeyemi Walker Brontë Singh O'Connor",
    ),
    Place(
        "New York", "America/New_York", 50, "en", 1.0, 1.0,
        "Emily Jamal Sarah José Ashley Michael Renée Tyrone Jessica Andrew Mei Carlos Hannah "
        "DeShawn Rachel Björn",
        "Johnson García Brown Washington Miller Nguyen Muñoz Cohen Peña Davis Núñez "
        "St._John Lee McCarthy Jackson van_der_Berg",
    ),
    Place(
        "Tokyo", "Asia/Tokyo", 42, "ja", 0.6, 0.85,
        "太郎|Taro 花子|Hanako 健太|Kenta 美咲|Misaki 翔|Sho 陽菜|Hina 大輔|Daisuke "
        "由美|Yumi 蓮|Ren さくら|Sakura 浩|Hiroshi 直美|Naomi",
        "山田|Yamada 佐藤|Sato 鈴木|Suzuki 髙橋|Takahashi 田中|Tanaka 渡邊|Watanabe "
        "伊藤|Ito 中村|Nakamura 小林|Kobayashi 加藤|Kato 吉田|Yoshida",
    ),
    Place(
        "Istanbul", "Europe/Istanbul", 38, "tr", 0.75, 1.0,
        "Işıl Çağrı Ayşe Emre Gülşen İbrahim Özge Mehmet Şeyma Oğuz Irmak Yiğit Tuğba Kıvanç",
        "Yılmaz Öztürk Çelik Aydın Yıldırım Şahin Kılıç Doğan Güneş Işık Koç Ünal Ağaoğlu",
    ),
    Place(
        "Seoul", "Asia/Seoul", 30, "ko", 0.7, 0.8,
        "지훈|Jihoon 서연|Seoyeon 민준|Minjun 수빈|Subin 현우|Hyunwoo 지은|Jieun "
        "도윤|Doyun 하은|Haeun 영수|Youngsoo 미경|Mikyung",
        "김|Kim 이|Lee 박|Park 최|Choi 정|Jung 강|Kang 조|Cho 윤|Yoon 임|Lim",
    ),
    Place(
        "Ho Chi Minh City", "Asia/Ho_Chi_Minh", 28, "vi", 0.72, 1.0,
        "Thị_Hương Minh_Đức Thanh_Hà Quốc_Bảo Ngọc_Ánh Hữu_Phước Bích_Ngọc Văn_Tuấn Thùy_Linh "
        "Đình_Khôi",
        "Nguyễn Trần Lê Phạm Huỳnh Võ Đặng Bùi Đỗ Hồ",
    ),
    Place(
        "São Paulo", "America/Sao_Paulo", 28, "pt-BR", 0.7, 1.0,
        "João Conceição Thiago Letícia Antônio Beatriz Luís Camila Fábio Larissa Gonçalo Inês",
        "Silva Santos Araújo Gonçalves Conceição Assunção Ribeiro Simões de_Souza Magalhães",
    ),
    Place(
        "Athens", "Europe/Athens", 22, "el", 0.85, 0.75,
        "Γιώργος|Giorgos Ελένη|Eleni Νίκος|Nikos Κατερίνα|Katerina Δημήτρης|Dimitris Σοφία|Sofia "
        "Αλέξανδρος|Alexandros Φωτεινή|Foteini",
        "Γεωργίου|Georgiou Οικονόμου|Oikonomou Παπανικολάου|Papanikolaou Αθανασίου|Athanasiou "
        "Δημητρίου|Dimitriou Βασιλείου|Vasileiou Κωνσταντίνου|Konstantinou",
    ),
    Place(
        "Kyiv", "Europe/Kyiv", 20, "uk", 0.82, 0.75,
        "Олександр|Oleksandr Оксана|Oksana Дмитро|Dmytro Наталія|Nataliia Іван|Ivan Юлія|Yuliia "
        "Сергій|Serhii Єва|Yeva",
        "Шевченко|Shevchenko Коваленко|Kovalenko Бондаренко|Bondarenko Ткаченко|Tkachenko "
        "Мельник|Melnyk Лук'яненко|Lukianenko Їжак|Yizhak",
    ),
    Place(
        "Cairo", "Africa/Cairo", 18, "ar", 0.78, 0.7,
        "أحمد|Ahmed فاطمة|Fatma محمد|Mohamed مريم|Mariam يوسف|Youssef نور|Nour خالد|Khaled "
        "هدى|Hoda",
        "حسن|Hassan عبد_الرحمن|Abdelrahman إبراهيم|Ibrahim مصطفى|Mostafa السيد|Elsayed "
        "منصور|Mansour فهمي|Fahmy",
    ),
    Place(
        "Kathmandu", "Asia/Kathmandu", 12, "ne", 0.9, 0.6,
        "सुनिता|Sunita विकास|Bikash रमेश|Ramesh अञ्जना|Anjana प्रकाश|Prakash",
        "श्रेष्ठ|Shrestha तामाङ|Tamang गुरुङ|Gurung अधिकारी|Adhikari थापा|Thapa",
    ),
)  # fmt: skip

# Department: the nouns of its job titles, its share of the company.
DEPARTMENTS = {
    "Engineering": ("Engineer", 95),
    "Manufacturing": ("Process Specialist", 85),
    "Sales": ("Account Manager", 85),
    "Supply Chain": ("Supply Planner", 65),
    "Information Technology": ("Systems Analyst", 60),
    "Customer Service": ("Service Specialist", 60),
    "Marketing": ("Marketing Specialist", 50),
    "Finance": ("Financial Analyst", 45),
    "Human Resources": ("People Partner", 33),
    "Legal and Compliance": ("Legal Counsel", 22),
}

# Competences that people tend to have together (DigComp codes).
CLUSTERS = (
    ("2.1", "2.2", "2.4", "2.5"),
    ("1.1", "1.2", "1.3", "2.2"),
    ("3.1", "3.2", "3.3", "5.3"),
    ("3.4", "5.1", "5.2", "5.3"),
    ("4.1", "4.2", "2.6", "1.2"),
    ("2.3", "2.6", "2.5", "3.1"),
    ("4.3", "4.4", "5.4", "2.4"),
)

# How often each grade occurs among those who lead nobody, in percent.
GRADES = ("IC1",) * 18 + ("IC2",) * 30 + ("IC3",) * 27 + ("IC4",) * 18 + ("IC5",) * 7

INTERESTS = (
    "artificial intelligence", "photography", "cycling", "cooking", "open source", "football",
    "classical music", "sustainability", "gardening", "chess", "hiking", "podcasts", "history",
    "video games", "volunteering", "languages", "running", "cinema", "sailing", "public speaking",
    "start-ups", "data visualisation", "theatre", "parenting",
)  # fmt: skip

NICKNAMES = {
    "Alessandro": "Ale", "Francesca": "Franci", "Katarzyna": "Kasia", "Małgorzata": "Gosia",
    "Jakub": "Kuba", "Agnieszka": "Aga", "Thomas": "Tom", "Michael": "Mike", "Daniel": "Dan",
    "Charlotte": "Charlie", "Andrew": "Andy", "Jessica": "Jess", "Mehmet": "Memo",
    "Amelia": "Millie",
}  # fmt: skip

FOLD = str.maketrans({"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "ø": "o", "ß": "ss"})


@dataclass
class Person:
    """One row before it is written."""

    level: str
    department: str
    manager: "Person | None"
    place: Place = PLACES[0]
    given: str = ""
    family: str = ""
    preferred: str = ""
    email: str = ""
    languages: str = ""
    hired_on: dt.date = TODAY
    career_stage: str = ""
    status: str = "Active"
    offers: dict[str, int] = field(default_factory=dict)
    wants: dict[str, int] = field(default_factory=dict)
    interests: list[str] = field(default_factory=list)
    mentoring: str = ""
    worker_id: str = ""

    @property
    def job_level(self) -> int:
        """The integer that orders levels."""
        return JOB_LEVELS[self.level]


class Dice:
    """Choices drawn from `Random.random()` alone, so that they never change."""

    def __init__(self, seed: int) -> None:
        """Starts the sequence of one seed."""
        self._random = Random(seed)

    def chance(self, probability: float) -> bool:
        """Says yes with this probability."""
        return self._random.random() < probability

    def between(self, low: int, high: int) -> int:
        """Gives a whole number from low to high, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def one(self, things: Sequence[T]) -> T:
        """Gives one of the things."""
        return things[int(self._random.random() * len(things))]

    def some(self, things: Sequence[T], count: int) -> list[T]:
        """Gives that many of the things, none twice."""
        left = list(things)
        return [left.pop(int(self._random.random() * len(left))) for _ in range(count)]


def ascii_letters(text: str) -> str:
    """The letters of a Latin name as an e-mail address writes them."""
    folded = unicodedata.normalize("NFKD", text.translate(FOLD))
    return "".join(c for c in folded.lower() if c.isascii() and c.isalnum())


def spread(bosses: list[Person], level: str, count: int, dice: Dice) -> list[Person]:
    """People of one level below these managers: one for each manager, the rest by chance."""
    lucky = [*bosses, *(dice.one(bosses) for _ in range(count - len(bosses)))]
    return [Person(level, boss.department, boss) for boss in lucky[:count]]


def reporting_tree(dice: Dice) -> list[Person]:
    """Everybody, managers before their reports, each report strictly below the manager."""
    chief = Person("CEO", "Executive Office", None)
    people = [chief]
    for department, (_, size) in DEPARTMENTS.items():
        head = Person("VP", department, chief)
        directors: list[Person] = []
        for number in range(round(size / 20)):
            if number and dice.chance(0.35):  # some directors report to a senior director
                directors.append(Person("D1", department, directors[0]))
            else:
                level = "D2" if number == 0 or dice.chance(0.3) else "D1"
                directors.append(Person(level, department, head))
        managers = spread(directors, "M2", round(size / 10), dice)
        leads = spread(managers, "M1", round(size / 9), dice)
        staff: list[Person] = []
        while 1 + len(directors) + len(managers) + len(leads) + len(staff) < size:
            level = dice.one(GRADES)
            below_lead = level != "IC5" and dice.chance(0.75)
            staff.append(Person(level, department, dice.one(leads if below_lead else managers)))
        people += [head, *directors, *managers, *leads, *staff]
    return people


def settle(people: list[Person], dice: Dice) -> None:
    """Gives everybody a site, languages, a name and an address."""
    sites = [place for place in PLACES for _ in range(place.share)]
    names: set[tuple[str, str]] = set()
    addresses: set[str] = set()
    for person in people:
        boss = person.manager
        near = boss is not None and boss.place in sites and dice.chance(0.7)
        person.place = boss.place if boss and near else dice.one(sites) if boss else PLACES[0]
        sites.remove(person.place)
        english = person.job_level >= JOB_LEVELS["M2"] or dice.chance(person.place.english)
        abroad = dice.chance(0.08)
        origin = dice.one(PLACES) if abroad else person.place
        spoken = [*person.place.languages.split("; "), *origin.languages.split("; ")]
        if dice.chance(0.12):
            spoken.append(dice.one(("fr", "de", "es", "zh-Hant")))
        person.languages = "; ".join(dict.fromkeys(spoken + ["en"] * english))
        native = not abroad and dice.chance(origin.native)
        while not person.given or (person.given, person.family) in names:
            given, family = dice.one(origin.given.split()), dice.one(origin.family.split())
            script = 0 if native else -1
            person.given = given.split("|")[script].replace("_", " ")
            person.family = family.split("|")[script].replace("_", " ")
        names.add((person.given, person.family))
        latin = given.split("|")[-1].replace("_", " ")
        if latin != person.given:
            person.preferred = latin
        elif dice.chance(0.5):
            person.preferred = NICKNAMES.get(latin, "")
        local = f"{ascii_letters(latin)}.{ascii_letters(family.split('|')[-1])}"
        number = 1
        while (address := f"{local}{number if number > 1 else ''}@example.com") in addresses:
            number += 1
        addresses.add(address)
        person.email = address


def employ(people: list[Person], dice: Dice) -> None:
    """Gives everybody a career stage, a hire date, a status and, in order of hiring, an id."""
    for person in people:
        if person.job_level <= 2:
            early, late = 0.84, 0.04
        elif person.job_level == 3:
            early, late = 0.48, 0.14
        elif person.job_level <= 5:
            early, late = 0.07, 0.36
        else:
            early, late = 0.0, 0.5 if person.job_level == 6 else 0.75
        person.career_stage = (
            "early" if dice.chance(early) else "late" if dice.chance(late / (1 - early)) else "mid"
        )
        most = {"early": 5 * 365, "mid": 14 * 365, "late": 31 * 365}[person.career_stage]
        person.hired_on = TODAY - dt.timedelta(days=dice.between(30, most))
    leading = {id(person.manager) for person in people}
    staff = [person for person in people if id(person) not in leading]
    apart = dice.some(staff, 17)
    for person in apart:
        person.status = "On leave"
    for person in apart[:4]:
        person.status = "Terminated"
    for number, person in enumerate(sorted(people, key=lambda p: p.hired_on), start=10001):
        person.worker_id = f"W{number}"


def interest(people: list[Person], dice: Dice) -> None:
    """Gives skills offered and wanted, interests, and marks who would mentor and be mentored."""
    able = [
        person
        for person in people
        if person.status == "Active" and ("en" in person.languages.split("; ") or dice.chance(0.3))
    ]
    mentors = dice.some([p for p in able if p.job_level <= 3], MENTORS)
    mentees = [people[0], *dice.some([p for p in able if 5 <= p.job_level <= 9], MENTEES - 1)]
    for person in mentors:
        person.mentoring = "mentor"
    for person in mentees:
        person.mentoring = "mentee"
    for person in people:
        if dice.chance(0.8):
            person.interests = dice.some(INTERESTS, dice.between(1, 4))
        if person.mentoring == "mentor":
            skills = dice.some(dice.one(CLUSTERS), dice.between(2, 4))
            skills.append(dice.one(dice.one(CLUSTERS)))
            person.offers = {code: dice.between(5, 8) for code in skills}
            if dice.chance(0.3):
                person.wants = {dice.one(dice.one(CLUSTERS)): 8}
        elif person.mentoring == "mentee":
            skills = dice.some(dice.one(CLUSTERS), dice.between(1, 3))
            skills.append(dice.one(dice.one(CLUSTERS)))
            person.wants = {code: dice.between(4, 6) for code in skills}
        elif dice.chance(0.3):
            person.offers = {dice.one(dice.one(CLUSTERS)): dice.between(3, 6)}


def job_title(person: Person) -> str:
    """The title as the company writes it; some hold a comma, as real ones do."""
    department = person.department
    if person.level == "CEO":
        return "Chief Executive Officer"
    noun = DEPARTMENTS[department][0]
    return {
        "VP": f"Vice President, {department}",
        "D2": f"Senior Director, {department}",
        "D1": f"Director, {department}",
        "M2": f"{department} Manager",
        "M1": f"Team Lead, {department}",
        "IC5": f"Principal {noun}",
        "IC4": f"Lead {noun}",
        "IC3": f"Senior {noun}",
        "IC2": noun,
        "IC1": f"Associate {noun}",
    }[person.level]


def levels(competences: dict[str, int]) -> str:
    """Competences with a level each, as in `1.1:5; 2.4:6`."""
    return "; ".join(f"{code}:{level}" for code, level in sorted(competences.items()))


def row(person: Person) -> tuple[str, ...]:
    """The cells of one person, in the order of COLUMNS."""
    return (
        person.worker_id, person.given, person.family, person.preferred, person.email,
        job_title(person), person.level, person.department, person.place.name,
        person.place.time_zone, person.languages,
        person.manager.worker_id if person.manager else "",
        person.hired_on.isoformat(), person.career_stage, person.status, levels(person.offers),
        levels(person.wants), "; ".join(person.interests), person.mentoring,
    )  # fmt: skip


def company(seed: int = SEED) -> list[Person]:
    """The whole company, in order of worker id: a manager may well come after a report."""
    dice = Dice(seed)
    people = reporting_tree(dice)
    settle(people, dice)
    employ(people, dice)
    interest(people, dice)
    return sorted(people, key=lambda person: person.worker_id)


def write(path: Path = ROSTER) -> None:
    """Writes the roster as UTF-8 CSV with a header line."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(row(person) for person in company())


if __name__ == "__main__":
    write()
