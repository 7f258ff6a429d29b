"""docker-compose.yml and what it mounts name only files, ports, settings, commands and metrics that exist."""

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from gateway import metrics, settings
from gateway.definition_files import load
from gateway.projections.measures import Measures
from tests.commands import fault_of

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "ops" / "prometheus"
BOARD = ROOT / "ops" / "grafana" / "boards" / "gateway.json"
RUNBOOK = ROOT / "docs" / "runbook.md"
COMPOSE_PROGRAMS = (("docker", "compose"), ("docker-compose",))
ADDED_BY_PROMETHEUS = {"job", "instance", "le"}


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


COMPOSE = read(ROOT / "docker-compose.yml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
ENDING = {name: service for name, service in OURS.items() if "apply" in service["command"]}
"""They do their work and end; the others run until they are stopped."""
RUNNING = {name: service for name, service in SERVICES.items() if name not in ENDING}
RULES = [rule for group in read(PROMETHEUS / "rules.yml")["groups"] for rule in group["rules"]]
PANELS: list[dict[str, Any]] = json.loads(BOARD.read_text("utf-8"))["panels"]


# ── the compose file ─────────────────────────────────────────────────────────────────────────────


def test_every_mounted_file_and_volume_exists() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"], (
                volume
            )


@pytest.mark.parametrize("name", OURS)
def test_our_services_run_commands_that_exist(name: str) -> None:
    assert fault_of(OURS[name]["command"]) is None


@pytest.mark.parametrize("name", OURS)
def test_our_services_are_set_as_the_settings_allow(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in OURS[name]["environment"].items():
        assert variable in dict(settings.variables())
        monkeypatch.setenv(variable, str(value))
    found = settings.load()
    assert found.kafka.bootstrap in inner_addresses()
    assert found.registry.url == f"http://registry:{published('registry')[0]}{registry_script('PATH')}"


def inner_addresses() -> list[str]:
    listeners = SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    return [listener.partition("://")[2] for listener in listeners.split(",")]


def test_every_port_is_bound_to_this_machine_only() -> None:
    for service in SERVICES.values():
        for port in service.get("ports", []):
            assert re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port), port


def test_published_ports_are_those_of_the_settings() -> None:
    found = settings.Settings.model_validate({})
    assert published("exchange") == [found.metrics.port]
    assert published("projections") == [found.projections.web_port]
    assert f"localhost:{published('kafka')[0]}" in inner_addresses()


def published(name: str) -> list[int]:
    return [int(port.rpartition(":")[2]) for port in SERVICES[name]["ports"]]


def test_health_checks_ask_ports_that_are_listened_on() -> None:
    for name, service in RUNNING.items():
        asked = re.findall(r"(?:localhost|projections)[:/](\d+)", " ".join(service["healthcheck"]["test"]))
        inner = [int(address.rpartition(":")[2]) for address in inner_addresses()] if name == "kafka" else []
        assert int(asked[0]) in published(name) + inner, name


def test_services_that_end_are_waited_for_and_the_others_asked() -> None:
    assert set(ENDING) == {"topics", "schemas"}
    for service in SERVICES.values():
        for name, how in service.get("depends_on", {}).items():
            ends = "service_completed_successfully" if name in ENDING else "service_healthy"
            assert how == {"condition": ends}
            assert name in SERVICES


def test_nothing_is_decided_before_topics_and_schemas_are_there() -> None:
    assert set(SERVICES["exchange"]["depends_on"]) == set(ENDING)
    assert "kafka" in SERVICES["topics"]["depends_on"]
    assert "registry" in SERVICES["schemas"]["depends_on"]


def test_what_runs_says_how_it_is_and_is_started_again() -> None:
    for name, service in RUNNING.items():
        assert "healthcheck" in service, name
        assert service["restart"] == "unless-stopped", name
    assert not any("restart" in service for service in ENDING.values())


def test_what_is_kept_has_a_volume_of_its_own() -> None:
    named = [
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    ]
    assert sorted(named) == sorted(COMPOSE["volumes"])


def test_our_services_may_do_little() -> None:
    for service in OURS.values():
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"] is True
        assert "user" not in service  # that of the image: nobody special
        assert "privileged" not in service


def test_every_image_has_a_pinned_version() -> None:
    for service in SERVICES.values():
        assert re.fullmatch(r"[a-z/-]+:v?\d+\.\d+\.\d+", service["image"]), service["image"]


def test_kafka_is_the_one_of_make_kafka() -> None:
    pom = ElementTree.parse(ROOT / "ops" / "kafka" / "pom.xml")  # noqa: S314  our own file
    version = next(tag.text for tag in pom.iter() if tag.tag.endswith("version") and "." in str(tag.text))
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{version}"


def test_registry_is_the_one_of_make_registry_and_keeps_its_schemas_in_kafka() -> None:
    registry = SERVICES["registry"]
    assert registry["image"] == f"apicurio/apicurio-registry:{registry_script('VERSION')}"
    assert published("registry") == [registry["environment"]["QUARKUS_HTTP_PORT"]]
    assert registry["environment"]["APICURIO_STORAGE_KIND"] == "kafkasql"
    assert registry["environment"]["APICURIO_KAFKASQL_BOOTSTRAP_SERVERS"] in inner_addresses()


def registry_script(constant: str) -> str:
    """A constant of ops/registry/registry.py."""
    text = (ROOT / "ops" / "registry" / "registry.py").read_text("utf-8")
    [value] = re.findall(rf'^{constant} = "(.+?)"', text, re.MULTILINE)
    return str(value)


def test_only_the_password_is_asked_of_the_environment_and_no_address_has_a_login() -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    assert set(re.findall(r"(?<!\$)\$\{(\w+)", text)) == {"GRAFANA_ADMIN_PASSWORD"}
    assert not re.search(r"://[^\s/]*@", text)


def test_compose_itself_agrees() -> None:
    """The program that reads the file, where there is one."""
    program = next((words for words in COMPOSE_PROGRAMS if runs(*words, "version")), None)
    if program is None:
        pytest.skip("docker compose is missing: install its plugin.")
    config = [*program, "--file", str(ROOT / "docker-compose.yml"), "config", "--quiet"]
    environment = {**os.environ, "GRAFANA_ADMIN_PASSWORD": "none"}
    done = subprocess.run(config, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def runs(*words: str) -> bool:
    return (
        shutil.which(words[0]) is not None
        and subprocess.run(words, capture_output=True, check=False).returncode == 0
    )


def test_secrets_come_from_the_environment_and_must_be_there() -> None:
    for service in SERVICES.values():
        for variable, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|TOKEN|KEY", variable):
                assert re.fullmatch(r"\$\{[A-Z_]+:\?.+\}", value), variable


# ── the image ────────────────────────────────────────────────────────────────────────────────────


def test_everything_copied_into_the_image_exists_and_is_let_in() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [words[1] for words in dockerfile("COPY") if not words[1].startswith("--from")]
    assert set(copied) == let_in
    assert all((ROOT / path).exists() for path in copied)


def test_stages_of_the_image_have_one_python_and_exist() -> None:
    stages = dockerfile("FROM")
    bases = {words[1].replace("-slim", "") for words in stages}
    [version] = {base.partition(":")[2].partition("-")[0] for base in bases}
    assert len(bases) == 1
    assert re.fullmatch(r"3\.\d+\.\d+", version)
    assert "-slim-" in stages[-1][1]
    named = {words[3] for words in stages if len(words) > 2}
    assert {
        words[1].partition("=")[2] for words in dockerfile("COPY") if words[1].startswith("--from")
    } == named


def test_the_image_is_not_made_without_a_compiled_core() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert "ops/native.py --into /compiled" in text
    assert 'gateway --version | grep "compiled by mypyc"' in text
    assert f"/compiled/{native_group()}__mypyc*.so" in text


def native_group() -> str:
    [group] = re.findall(r'^GROUP = "(\w+)"', (ROOT / "ops" / "native.py").read_text(), re.MULTILINE)
    return str(group)


def test_the_image_runs_gateway_as_nobody_special() -> None:
    assert [words[1] for words in dockerfile("USER")] == ["gateway"]
    assert json.loads(" ".join(dockerfile("ENTRYPOINT")[0][1:])) == ["python", "-m", "gateway"]
    assert "GATEWAY_DATA_DIR" in dict(settings.variables())


def dockerfile(instruction: str) -> list[list[str]]:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    quoted = instruction == "ENTRYPOINT"
    lines = [line for line in text.splitlines() if line.startswith(f"{instruction} ")]
    return [line.split() if quoted else shlex.split(line) for line in lines]


# ── Prometheus and Grafana ───────────────────────────────────────────────────────────────────────


def known_metrics() -> dict[str, set[str]]:
    """Every series name of our processes with its labels."""
    known: dict[str, set[str]] = {"up": set()}
    kinds = {name: (kind, set(labels)) for name, kind, labels, _ in metrics.CATALOGUE}
    for family in re.findall(r"^# TYPE (\S+) (\S+)$", Measures().exposition().decode(), re.MULTILINE):
        kinds[family[0]] = (family[1], set())
    for name, (kind, labels) in kinds.items():
        suffixes = ("_bucket", "_count", "_sum") if kind == "histogram" else ("",)
        known |= {name + suffix: labels for suffix in suffixes}
    return known


def expressions() -> list[tuple[str, str]]:
    """Every query with the name of its alert or panel; variables of the board as it sends them."""
    alerts = [(rule["alert"], rule["expr"]) for rule in RULES]
    return alerts + [
        (panel["title"], re.sub(r"\$\w+", ".*", target["expr"]))
        for panel in PANELS
        for target in panel["targets"]
    ]


@pytest.mark.parametrize(("name", "expression"), expressions())
def test_queries_name_metrics_and_labels_that_exist(name: str, expression: str) -> None:
    known = known_metrics()
    named = set(re.findall(r"\bgateway_\w+|\bup\b", expression))
    assert named <= set(known)
    assert named, f"{name} asks for nothing"
    assert used_labels(expression) <= ADDED_BY_PROMETHEUS.union(*(known[metric] for metric in named))


def used_labels(expression: str) -> set[str]:
    selectors = re.findall(r"\{(.*?)\}", expression)
    groupings = re.findall(r"\bby \((.*?)\)", expression)
    selected = {label for selector in selectors for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector)}
    return selected | {label.strip() for grouping in groupings for label in grouping.split(",")}


def test_alerts_lead_to_a_section_of_the_runbook() -> None:
    titles = re.findall(r"^#+ (.*)$", RUNBOOK.read_text("utf-8"), re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
    for rule in RULES:
        path, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert (path, anchor in anchors) == ("docs/runbook.md", True), rule["alert"]


def test_the_alert_for_slots_knows_how_many_there_are() -> None:
    [slots] = {topic.partitions for topic in load(ROOT).topics if topic.name == "gateway.outbox"}
    [rule] = [rule for rule in RULES if rule["alert"] == "SlotsNotHeld"]
    assert rule["expr"].endswith(f"< {slots}")
    assert f"of {slots} slots" in rule["annotations"]["summary"]


def test_prometheus_scrapes_our_services() -> None:
    jobs = read(PROMETHEUS / "prometheus.yml")["scrape_configs"]
    targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in jobs}
    wanted = {name: [f"{name}:{published(name)[0]}"] for name in ("exchange", "projections")}
    assert targets == wanted


def test_grafana_finds_its_datasource_and_its_board() -> None:
    [source] = read(ROOT / "ops" / "grafana" / "datasources" / "prometheus.yml")["datasources"]
    [provider] = read(ROOT / "ops" / "grafana" / "dashboards" / "gateway.yml")["providers"]
    assert source["url"] == f"http://prometheus:{published('prometheus')[0]}"
    mounted = [volume.split(":")[:2] for volume in SERVICES["grafana"]["volumes"]]
    assert ["./ops/grafana/boards", provider["options"]["path"]] in mounted
    used = {panel["datasource"]["uid"] for panel in PANELS}
    assert used == {source["uid"]}


def test_panels_have_their_own_ids_and_do_not_overlap() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    taken: set[tuple[int, int]] = set()
    for panel in PANELS:
        place = panel["gridPos"]
        columns = range(place["x"], place["x"] + place["w"])
        cells = {(x, y) for x in columns for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken, panel["title"]
        assert max(columns) < 24
        taken |= cells


def test_prometheus_agrees(tmp_path: Path) -> None:
    """Its own tool reads the configuration, runs the tests of the alerts, and parses the board's queries."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is missing: install Prometheus (Debian: prometheus).")
    queries = [{"record": "query", "expr": expression} for _, expression in expressions()]
    (tmp_path / "board.json").write_text(json.dumps({"groups": [{"name": "board", "rules": queries}]}))
    for words in (
        ["check", "config", str(PROMETHEUS / "prometheus.yml")],
        ["test", "rules", str(PROMETHEUS / "rules.test.yml")],
        ["check", "rules", "--lint=none", str(tmp_path / "board.json")],
    ):
        done = subprocess.run([promtool, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
