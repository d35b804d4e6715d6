"""What one piece of plain data has that another has not, as plain data that makes the one of the other again.

A foreign log is told in Assay's nouns, and what they have no place for is kept beside them as such a difference: nothing is lost, nothing doubled.

    {"set": {key: value}, "drop": [key, ...], "in": {key: difference}}     of a mapping
    {"items": [0, {"is": value}, [1, difference], ...]}                     of a list: which item of the other, or what stands there instead
"""

from typing import Any

Plain = Any


def difference(wanted: Plain, had: Plain) -> dict[str, Any]:
    """What makes `wanted` of `had`, both mappings; empty where they are equal."""
    if not isinstance(wanted, dict) or not isinstance(had, dict):
        raise TypeError("a difference is of two mappings")
    found: dict[str, Any] = {}
    inner: dict[str, Any] = {}
    for key, value in wanted.items():
        if key not in had:
            found.setdefault("set", {})[key] = value
        elif not same(value, had[key]):
            part = within(value, had[key])
            if part is None:
                found.setdefault("set", {})[key] = value
            else:
                inner[key] = part
    gone = [key for key in had if key not in wanted]
    return {**found, **({"drop": gone} if gone else {}), **({"in": inner} if inner else {})}


def within(wanted: Plain, had: Plain) -> dict[str, Any] | None:
    """The difference of two values that differ; None where one has to replace the other."""
    if isinstance(wanted, dict) and isinstance(had, dict):
        return difference(wanted, had)
    if isinstance(wanted, list) and isinstance(had, list) and had and wanted:
        return {"items": items(wanted, had)}
    return None


def items(wanted: list[Plain], had: list[Plain]) -> list[Any]:
    """Each wanted item by one of those there were, in their order; where nothing like it was, itself."""
    found: list[Any] = []
    place = 0
    spare = len(wanted) - len(had)
    for value in wanted:
        equal = next((at for at in range(place, min(len(had), place + max(1, 1 - spare))) if same(value, had[at])), None)
        if equal is not None:
            found.append(equal)
            place = equal + 1
            continue
        alike = place < len(had) and kin(value, had[place])
        part = within(value, had[place]) if alike else None
        found.append({"is": value} if part is None else [place, part])
        if part is not None or spare <= 0:
            place += 1
        else:
            spare -= 1
    return found


def kin(one: Plain, other: Plain) -> bool:
    """Whether two items are of one kind, so that a difference between them says less than either."""
    if isinstance(one, dict) and isinstance(other, dict):
        return all(one.get(key) == other.get(key) for key in ("type", "role"))
    return isinstance(one, list) and isinstance(other, list)


def same(one: Plain, other: Plain) -> bool:
    """Equality under which 1, 1.0 and true differ, as they do in JSON."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def patched(had: Plain, part: dict[str, Any]) -> Plain:
    """`had` with a difference applied."""
    if "items" in part:
        return [
            had[each] if isinstance(each, int) else patched(had[each[0]], each[1]) if isinstance(each, list) else each["is"]
            for each in part["items"]
        ]
    gone = part.get("drop", ())
    made = {key: value for key, value in had.items() if key not in gone}
    made.update(part.get("set", {}))
    for key, inner in part.get("in", {}).items():
        made[key] = patched(had[key], inner)
    return made
