"""The CloudFormation template deployed into an *emulated* AWS (ministack, this machine): a gateway registers with the
target group, and a request to CloudFront's name reaches it through the load balancer. The emulator does not cache, checks
no certificate and is not AWS; what it shows is that the parts are joined as the template says.

Usage: aws.py SOUK TEMPLATE"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import boto3
from botocore.config import Config

SECRET = "a-secret-of-forty-characters-for-origin-1"
PATIENCE_S = 90
# What the emulator takes for a viewer that came by TLS.
BY_TLS = {"X-Forwarded-Proto": "https"}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def eventually(what, attempt, seconds=PATIENCE_S):
    deadline = time.monotonic() + seconds
    while True:
        try:
            return attempt()
        except (OSError, AssertionError, http.client.HTTPException) as error:
            if time.monotonic() > deadline:
                sys.exit(f"{what}: {error!r}")
            time.sleep(0.2)


def ask(port, path, host, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Host": host, **(headers or {})})
    reply = connection.getresponse()
    body = reply.read()
    connection.close()
    return reply.status, body


def start(command, log, **extra):
    return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, **extra)


def stop(process):
    if process.poll() is None:
        os.kill(process.pid, signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def deploy(aws, template, gateway_port):
    parameters = {"GatewayPort": str(gateway_port), "OriginSecret": SECRET}
    cloudformation = aws("cloudformation")
    cloudformation.create_stack(
        StackName="souk",
        TemplateBody=template,
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    )

    def complete():
        stack = cloudformation.describe_stacks(StackName="souk")["Stacks"][0]
        if "FAILED" in stack["StackStatus"] or "ROLLBACK" in stack["StackStatus"]:
            events = cloudformation.describe_stack_events(StackName="souk")["StackEvents"]
            reasons = [event.get("ResourceStatusReason") for event in events if "FAILED" in event["ResourceStatus"]]
            sys.exit(f"{stack['StackStatus']}: {reasons}")
        assert stack["StackStatus"] == "CREATE_COMPLETE", stack["StackStatus"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    return eventually("the stack", complete)


def main(souk, template):
    folder = tempfile.TemporaryDirectory(prefix="souk-aws-")
    log = open(Path(folder.name) / "log", "w")
    api, door = free_port(), free_port()
    emulator = [str(Path(sys.executable).parent / "ministack")]
    environment = {**os.environ, "GATEWAY_PORT": str(api), "BIND_HOST": "127.0.0.1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    processes = [
        start(emulator, log, env=environment, cwd=folder.name),
        start([souk, "--data", f"{folder.name}/data", "up", "--dev", "--demo-products", "5", "--listen", f"127.0.0.1:{door}"], log),
    ]
    try:
        def aws(service):
            return boto3.client(service, endpoint_url=f"http://127.0.0.1:{api}", region_name="us-east-1",
                                aws_access_key_id="test", aws_secret_access_key="test",
                                config=Config(retries={"max_attempts": 2}, proxies={}))

        eventually("ministack", lambda: ask(api, "/_ministack/health", "localhost"))
        eventually("the shop", lambda: assert_equal(ask(door, "/readyz", f"127.0.0.1:{door}")[0], 200))
        outputs = deploy(aws, Path(template).read_text(), door)
        cdn, balancer = outputs["DistributionDomain"], outputs["LoadBalancerDns"]
        assert aws("elbv2").describe_target_health(TargetGroupArn=outputs["GatewayTargetGroup"])["TargetHealthDescriptions"] == []
        aws("elbv2").register_targets(TargetGroupArn=outputs["GatewayTargetGroup"], Targets=[{"Id": "127.0.0.1", "Port": door}])

        def reaches_the_shop():
            status, body = ask(api, "/v1/products?limit=3", cdn, BY_TLS)
            assert status == 200, (status, body[:300])
            assert len(json.loads(body)["items"]) == 3, body[:300]

        eventually("a request through CloudFront's name", reaches_the_shop, 30)
        status, body = ask(api, "/v1/me", cdn, BY_TLS)
        assert status == 401 and json.loads(body)["code"] == "unauthenticated", (status, body)
        status, _ = ask(api, "/v1/products?limit=3", cdn)
        assert status == 301, f"plain HTTP is sent to TLS: {status}"
        status, body = ask(api, "/v1/products", balancer)
        assert status == 403, f"the load balancer answers whoever is not CloudFront: {status} {body[:300]}"
        status, _ = ask(api, "/v1/products?limit=1", balancer, {"X-Souk-Origin": SECRET})
        assert status == 200, f"and whoever knows the secret: {status}"
        print(f"aws (emulated by ministack): stack complete, {cdn} → {balancer} → the gateway")
    except BaseException:
        log.flush()
        print(Path(log.name).read_text()[-4000:], file=sys.stderr)
        raise
    finally:
        for process in reversed(processes):
            stop(process)
        folder.cleanup()


def assert_equal(left, right):
    assert left == right, (left, right)


main(*sys.argv[1:])
