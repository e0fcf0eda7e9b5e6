#!/usr/bin/env bash
# Installs the real servers that tests start: what Debian has from Debian, Apache Kafka from its published Maven artifacts. Again: nothing.
set -euo pipefail

kafka_version=4.1.0
kafka_home=${TOCSIN_KAFKA_HOME:-$HOME/.cache/tocsin/kafka-$kafka_version}

# apt_install <command> <package...>: the packages, where the command is missing.
apt_install() {
  command -v "$1" >/dev/null && return
  [ -n "${apt_updated:-}" ] || { apt-get update -qq; apt_updated=1; }
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${@:2}" >/dev/null
}

apt_install nats-server nats-server
apt_install prometheus-alertmanager prometheus-alertmanager
apt_install pg_lsclusters postgresql
apt_install java openjdk-17-jre-headless

if [ ! -f "$kafka_home/complete" ]; then
  apt_install mvn maven
  mkdir -p "$kafka_home"
  cat >"$kafka_home/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tocsin</groupId><artifactId>kafka-server</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$kafka_version</version></dependency>
  </dependencies>
</project>
POM
  (cd "$kafka_home" && mvn -q -B dependency:copy-dependencies -DoutputDirectory=libs -DincludeScope=runtime)
  touch "$kafka_home/complete"
fi

# Clients of AWS as Python's users have them.
python_home=$HOME/.cache/tocsin/python
if ! "$python_home/bin/python" -c 'import boto3' 2>/dev/null; then
  python3 -c 'import ensurepip' 2>/dev/null || apt_install python3-venv-missing python3-venv
  python3 -m venv "$python_home"
  "$python_home/bin/python" -m pip install --quiet boto3
fi
