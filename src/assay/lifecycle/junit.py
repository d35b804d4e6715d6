"""A gate as JUnit XML: a testcase for each rule, a failure where it is shown to be violated, an error or a skip where nothing is shown."""

from xml.etree import ElementTree

from assay.lifecycle.gate_words import decision, ordered, reading, sentence, title
from assay.lifecycle.gates import Finding, Gate
from assay.report.words import plain


def to_junit(gate: Gate) -> str:
    """One testsuite. CI systems let `skipped` through and stop at `error`, so what is not measurable is an error where the gate did not
    decide, and a skip where another rule decided it."""
    failed, open_ = len(gate.of("fail")), len(gate.of("not measurable"))
    stops = gate.verdict == "INCONCLUSIVE"
    counts = {"tests": len(gate.findings), "failures": failed, "errors": open_ if stops else 0, "skipped": 0 if stops else open_}
    root = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(root, "testsuite", {"name": "assay gate", "time": "0", **{name: str(n) for name, n in counts.items()}})
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in (("verdict", gate.verdict), ("alpha", f"{gate.policy.alpha:g}"), *sorted(gate.models.items())):
        ElementTree.SubElement(properties, "property", name=name, value=_safe(value))
    for each in ordered(gate.findings):
        _case(suite, each, stops=stops)
    output = ElementTree.SubElement(suite, "system-out")
    output.text = _safe("\n".join((decision(gate), reading(gate), *(f"caution: {each}" for each in gate.cautions))))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _case(suite: ElementTree.Element, found: Finding, *, stops: bool) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=_safe(f"assay.gate.{found.task}"), name=_safe(title(found)), time="0")
    said = _safe(sentence(found))
    if found.outcome == "fail":
        ElementTree.SubElement(case, "failure", message=said, type="violation").text = said
    elif found.outcome == "not measurable" and stops:
        ElementTree.SubElement(case, "error", message=said, type="not measurable").text = said
    elif found.outcome == "not measurable":
        ElementTree.SubElement(case, "skipped", message=said)
    else:
        ElementTree.SubElement(case, "system-out").text = said


def _safe(text: str) -> str:
    """Text that XML 1.0 can hold: control characters, surrogates and the two that are no characters made visible."""
    return "".join(f"⟨U+{ord(each):04X}⟩" if each in "\ufffe\uffff" else each for each in plain(text))
