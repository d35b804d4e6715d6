"""Dates: weekdays, months, clocks and, from level 2, calendar dates."""

import random
from datetime import date, timedelta

from assay.datasets.generators.families import Draft, Family, Item, Language, Word, Wording, pick

WEEKDAYS = tuple(
    Word(en, zh)
    for en, zh in (("Monday", "星期一"), ("Tuesday", "星期二"), ("Wednesday", "星期三"), ("Thursday", "星期四"), ("Friday", "星期五"), ("Saturday", "星期六"), ("Sunday", "星期日"))
)  # fmt: skip
MONTHS = tuple(
    Word(en, zh)
    for en, zh in (
        ("January", "一月"), ("February", "二月"), ("March", "三月"), ("April", "四月"), ("May", "五月"), ("June", "六月"), ("July", "七月"),
        ("August", "八月"), ("September", "九月"), ("October", "十月"), ("November", "十一月"), ("December", "十二月"),
    )
)  # fmt: skip
AHEAD = (
    Wording(
        "Today is {a}. Which day of the week will it be in {n}? Answer with the day only.", "今天是{a}。{n}天后是星期几？只回答星期几。"
    ),
    Wording("Today is {a}. Which day of the week was it {n} ago? Answer with the day only.", "今天是{a}。{n}天前是星期几？只回答星期几。"),
)
MONTH_AHEAD = (
    Wording("Which month comes {n} after {a}? Answer with the month only.", "{a}之后第{n}个月是几月？只回答月份。"),
    Wording("Which month comes {n} before {a}? Answer with the month only.", "{a}之前第{n}个月是几月？只回答月份。"),
)
CLOCK = (
    Wording("It is {a}. What time will it be in {n} minutes? Answer like 07:05.", "现在是{a}。{n}分钟后是几点？请按07:05的格式回答。"),
    Wording("It is {a}. What time was it {n} minutes ago? Answer like 07:05.", "现在是{a}。{n}分钟前是几点？请按07:05的格式回答。"),
)
CALENDAR = (
    Wording("Which date is {n} after {a}? Answer like 2024-03-05.", "{a}之后{n}天是哪一天？请按2024-03-05的格式回答。"),
    Wording("Which date is {n} before {a}? Answer like 2024-03-05.", "{a}之前{n}天是哪一天？请按2024-03-05的格式回答。"),
)
SPAN = Wording("How many days are there from {a} to {b}? Answer with the number only.", "从{a}到{b}相隔多少天？只回答数字。")


def many(number: int, thing: str, language: Language) -> str:
    """`1 day`, `3 days`; in Chinese the number alone, for the template has the word."""
    return str(number) if language == "zh" else f"{number} {thing}{'' if number == 1 else 's'}"


def draw_cycle(rng: random.Random, level: int) -> Draft:
    """So many days or months on or back."""
    months = rng.random() < 0.4
    names, wordings, thing = (MONTHS, MONTH_AHEAD, "month") if months else (WEEKDAYS, AHEAD, "day")
    start, number = rng.randrange(len(names)), rng.randint(1, {1: 11, 2: 30, 3: 100}[level])
    back = rng.random() < 0.5
    sign = -1 if back else 1
    gold, wrong = names[(start + sign * number) % len(names)], names[(start + sign * number + 1) % len(names)]
    rest = number % len(names)

    def write(language: Language) -> tuple[Item, ...]:
        asked = wordings[back].fill(language, a=names[start], n=many(number, thing, language))
        path = [names[(start + sign * step) % len(names)].in_(language) for step in range(rest + 1)]
        worked = f"{number} = {number // len(names)} × {len(names)} + {rest}\n{' → '.join(path)}\n{gold.in_(language)}"
        return (one(asked, gold.in_(language), wrong.in_(language), worked, thing),)

    return Draft(f"cycle {thing} {start} {sign * number}", write)


def one(asked: str, gold: str, wrong: str, worked: str, template: str) -> Item:
    """An item answered at once."""
    return Item(input=asked, target=gold, solution=worked, wrong=wrong, template=template, skills=("reasoning/temporal",))


def clock(minutes: int) -> str:
    """Minutes after midnight as a clock shows them."""
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def draw_clock(rng: random.Random, level: int) -> Draft:
    """So many minutes on or back, within a day at level 1, over midnight above."""
    grain = 5 if level == 1 else 1
    start = rng.randrange(2 * 60, 22 * 60, grain) if level == 1 else rng.randrange(0, 24 * 60, grain)
    number = rng.randrange(grain, {1: 65, 2: 180, 3: 900}[level], grain)
    back = rng.random() < 0.5
    end = (start - number if back else start + number) % (24 * 60)

    def write(language: Language) -> tuple[Item, ...]:
        asked = CLOCK[back].fill(language, a=clock(start), n=number)
        worked = f"{clock(start)} {'-' if back else '+'} {clock(number)} = {clock(end)}\n{clock(end)}"
        return (one(asked, clock(end), clock(end + 60), worked, "clock"),)

    return Draft(f"clock {start} {-number if back else number}", write)


def draw_calendar(rng: random.Random, level: int) -> Draft:
    """So many days after or before a date, or between two dates; leap years included."""
    start = date(2000, 1, 1) + timedelta(days=rng.randrange(365 * 40))
    number = rng.randint(2, 40 if level == 2 else 400)
    kind = pick(rng, ("after", "before", "span"))
    end = start + timedelta(days=-number if kind == "before" else number)

    def write(language: Language) -> tuple[Item, ...]:
        if kind == "span":
            asked = SPAN.fill(language, a=start, b=end)
            return (one(asked, str(number), str(number + 1), f"{end} - {start}\n{number}", "span"),)
        asked = CALENDAR[kind == "before"].fill(language, a=start, n=many(number, "day", language))
        wrong = end + timedelta(days=1)
        return (one(asked, str(end), str(wrong), f"{start} {'-' if kind == 'before' else '+'} {number}\n{end}", kind),)

    return Draft(f"calendar {kind} {start} {number}", write)


def draw_dates(rng: random.Random, level: int) -> Draft:
    """One of the kinds of the level."""
    return pick(rng, (draw_cycle, draw_clock) if level == 1 else (draw_cycle, draw_clock, draw_calendar))(rng, level)


DATES = Family(name="dates", draw=draw_dates)
