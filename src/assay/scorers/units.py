"""The units that answers come in: what can be converted into what, exactly. A word that is not here is no unit and is not compared."""

from fractions import Fraction
from functools import cache

# dimension -> factor to its smallest unit -> names
TABLE: dict[str, dict[str, str]] = {
    "dollar": {"1": "$ dollar dollars usd us$ 美元 美金", "1/100": "¢ cent cents 美分"},
    "yuan": {"1": "¥ yuan rmb cny 元 块 块钱 人民币", "1/10": "角 毛"},
    "euro": {"1": "€ euro euros eur 欧元"},
    "sterling": {"1": "£ gbp 英镑"},
    "length": {
        "1/1000": "mm millimeter millimeters millimetre millimetres 毫米",
        "1/100": "cm centimeter centimeters centimetre centimetres 厘米",
        "1/10": "dm 分米",
        "1": "m meter meters metre metres 米",
        "1000": "km kilometer kilometers kilometre kilometres 千米 公里",
        "127/5000": "inch inches",
        "381/1250": "ft foot feet",
        "1143/1250": "yard yards",
        "201168/125": "mile miles",
    },
    "mass": {
        "1/1000": "mg milligram milligrams 毫克",
        "1": "g gram grams 克",
        "500": "斤",
        "1000": "kg kilogram kilograms 千克 公斤",
        "1000000": "tonne tonnes 吨",
    },
    "time": {
        "1/1000": "ms millisecond milliseconds 毫秒",
        "1": "s sec secs second seconds 秒 秒钟",
        "60": "min mins minute minutes 分钟",
        "3600": "h hr hrs hour hours 小时",
        "86400": "day days 天 日",
        "604800": "week weeks 周 星期",
    },
    "volume": {"1/1000": "ml milliliter milliliters millilitre millilitres 毫升", "1": "l liter liters litre litres 升"},
}


@cache
def units() -> dict[str, tuple[str, Fraction]]:
    """Name in lower case -> (dimension, factor)."""
    return {
        name: (dimension, Fraction(factor)) for dimension, rows in TABLE.items() for factor, names in rows.items() for name in names.split()
    }


POWERS = {"²": 2, "³": 3, "square ": 2, "sq. ": 2, "sq ": 2, "cubic ": 3, "平方": 2, "立方": 3}


def unit_of(word: str) -> tuple[str, Fraction] | None:
    """Dimension and factor of a unit's name ("cm", "cm²", "square feet"); None for any other word."""
    word = word.casefold()
    for mark, power in POWERS.items():
        plain = word.removeprefix(mark) if len(mark) > 1 else word.removesuffix(mark)
        if plain != word:
            length = units().get(plain)
            return (f"length^{power}", length[1] ** power) if length and length[0] == "length" else None
    return units().get(word)
