"""The Helm chart: linted and rendered by Helm's own engine (as a library, there is no binary), then each manifest is held
against the schema of Kubernetes, and a few sentences that no schema says are checked."""

import sys
from pathlib import Path

import helm_python as helm
import kubernetes_validate
import yaml

CHART = Path(__file__).parent.parent / "helm" / "souk"
# Of the values that change what is rendered, each at least once.
SHOPS = {
    "usual": {"internalSecret": "x" * 32},
    "small": {"internalSecret": "x" * 32, "networkPolicy": {"enabled": False}, "migrations": {"enabled": False},
              "roles": {role: {"replicas": 1, "autoscaling": {"max": 0}} for role in
                        ("gateway", "user", "product", "order", "payment", "notification")}},
    "whole": {"existingSecret": "mine", "imagePullSecrets": [{"name": "registry"}],
              "ingress": {"enabled": True, "tlsSecret": "tls"},
              "networkPolicy": {"metricsFrom": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}]}},
}
# The oldest that the chart says it takes, and the newest that is known.
VERSIONS = ["1.30", "1.37"]


def render(values):
    with helm.Chart.load(str(CHART)) as chart:
        chart.validate_schema(values)
        files = chart.render(values, name="shop", namespace="shop")
    manifests = []
    for name, text in files.items():
        if name.endswith(".yaml"):
            manifests += [document for document in yaml.safe_load_all(text) if document]
    return manifests


def containers(manifest):
    return manifest["spec"]["template"]["spec"]["containers"]


def sentences(manifests):
    """What must be true of every rendering."""
    of_kind = lambda kind: [manifest for manifest in manifests if manifest["kind"] == kind]
    deployments = of_kind("Deployment")
    assert len(deployments) == 6, "one Deployment for each role"
    scaled = {hpa["spec"]["scaleTargetRef"]["name"] for hpa in of_kind("HorizontalPodAutoscaler")}
    for deployment in deployments:
        name = deployment["metadata"]["name"]
        assert ("replicas" in deployment["spec"]) != (name in scaled), f"{name}: one of them says how many"
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        assert deployment["spec"]["selector"]["matchLabels"].items() <= labels.items(), f"{name} selects its pods"
        for container in containers(deployment):
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                assert probe in container, f"{name} has no {probe}"
            assert container["securityContext"]["readOnlyRootFilesystem"], name
            assert not container["image"].endswith(":latest"), name
    for job in of_kind("Job"):
        assert "pre-upgrade" in job["metadata"]["annotations"]["helm.sh/hook"], "migrations come before the roles"
        assert containers(job)[0]["args"] == ["migrate"]
    for budget in of_kind("PodDisruptionBudget"):
        selected = budget["spec"]["selector"]["matchLabels"]
        assert any(selected.items() <= d["spec"]["template"]["metadata"]["labels"].items() for d in deployments)
    for secret in of_kind("Secret"):
        text = secret["stringData"]["souk.toml"]
        services = {service["metadata"]["name"] for service in of_kind("Service")}
        assert all(f"http://{service}:7400" in text for service in services), "every role finds every other"


def main():
    findings = helm.lint(str(CHART), SHOPS["usual"])
    wrong = [message for message in findings["messages"] if message["severity"] > 1]
    assert not wrong and not findings["errors"], findings
    checked = 0
    for name, values in SHOPS.items():
        manifests = render(values)
        sentences(manifests)
        for version in VERSIONS:
            for manifest in manifests:
                kubernetes_validate.validate(manifest, version, strict=True)
                checked += 1
    try:
        render({})
    except helm.HelmError as refused:
        assert "internalSecret" in str(refused), refused
    else:
        sys.exit("a chart without a secret between the roles was rendered")
    print(f"helm {helm.helm_sdk_version()}: {len(SHOPS)} shops, {checked} manifests valid for Kubernetes {', '.join(VERSIONS)}")


def settings():
    """souk.toml as a shop would find it in its Secret."""
    secrets = [manifest for manifest in render(SHOPS["usual"]) if manifest["kind"] == "Secret"]
    return secrets[0]["stringData"]["souk.toml"]


if sys.argv[1:] == ["settings"]:
    print(settings())
else:
    main()
