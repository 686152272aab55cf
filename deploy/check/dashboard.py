"""The dashboard against the code: every metric and every label that it asks for is counted somewhere. What is counted and
not shown is told."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DASHBOARD = ROOT / "deploy" / "grafana" / "souk.json"
MAKER = re.compile(r'\b(?:counter|gauge|histogram)!\(\s*"(souk_[a-z_]+)"')


def counted():
    """Metric → its labels, as the source says."""
    found = {}
    for folder in ("kit", "services", "souk"):
        for file in (ROOT / folder).rglob("src/**/*.rs"):
            text = file.read_text()
            for made in MAKER.finditer(text):
                labels = re.findall(r'"([a-z_]+)"\s*=>', arguments(text, made.end()))
                found.setdefault(made[1], set()).update(labels)
    return found


def arguments(text, begin):
    """What stands from there to the parenthesis that closes the call."""
    depth = 1
    for at in range(begin, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return text[begin:at]
    return ""


def base(name, metrics):
    for suffix in ("_sum", "_count"):
        if name not in metrics and name.endswith(suffix):
            return name.removesuffix(suffix)
    return name


metrics = counted()
assert len(metrics) > 15, "the source is read"
dashboard = json.loads(DASHBOARD.read_text())
shown = set()
for panel in dashboard["panels"]:
    for target in panel.get("targets", []):
        expression, title = target["expr"], panel["title"]
        for name, selector in re.findall(r"(souk_[a-z_]+)(\{[^}]*\})?", expression):
            name = base(name, metrics)
            assert name in metrics, f"“{title}” asks for {name}, which nobody counts"
            shown.add(name)
            for label in re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)", selector):
                assert label in metrics[name] | {"job", "quantile"}, f"“{title}”: {name} has no label {label}"
            for labels in re.findall(r"by \(([a-z_, ]+)\)", expression):
                for label in re.split(r",\s*", labels):
                    assert label in metrics[name], f"“{title}”: {name} has no label {label}"
hidden = ", ".join(sorted(metrics.keys() - shown)) or "none"
print(f"dashboard: {len(shown)} metrics, all of them counted; counted and not shown: {hidden}")
