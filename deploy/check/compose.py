"""compose.yaml against the Compose specification, its references, and what souk needs of it."""

from pathlib import Path

import compose_spec
import yaml

FILE = Path(__file__).parent.parent / "compose" / "compose.yaml"
ROLES = {"user", "product", "payment", "order", "notification", "gateway"}

text = FILE.read_text()
options = compose_spec.PyOptions()
options.apply_merge = True
compose = options.from_yaml(text)
for check in (compose.validate, compose.validate_configs, compose.validate_networks, compose.validate_secrets,
              compose.validate_volumes):
    check()
services = yaml.safe_load(text)["services"]
assert ROLES <= services.keys(), "one service for each role"
for role in ROLES:
    assert services[role]["command"][:3] == ["up", "--role", role], role
    assert "migrate" in services[role]["depends_on"], role
for name, service in services.items():
    for other in service.get("depends_on", {}):
        assert other in services, f"{name} waits for {other}, which is not there"
    assert not service["image"].endswith(":latest") and ":" in service["image"], f"{name}: an image has a version"
for name in ("souk.toml",):
    assert (FILE.parent / name).exists(), name
print(f"compose: {len(services)} services valid")
