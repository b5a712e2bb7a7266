#!/usr/bin/env bash
# Run once, when the image is built; grading itself needs no network.
set -e
if ! dotnet --list-runtimes 2>/dev/null | grep -q 'Microsoft\.NETCore\.App [[major]]\.'; then
  apt-get update
  apt-get install -y --no-install-recommends ca-certificates curl libssl3 libstdc++6
  curl -fsSL --retry 3 https://dot.net/v1/dotnet-install.sh -o /tmp/dotnet-install.sh
  bash /tmp/dotnet-install.sh --runtime dotnet --version [[runtime]] --install-dir /usr/share/dotnet
  ln -sf /usr/share/dotnet/dotnet /usr/local/bin/dotnet
  rm -rf /tmp/dotnet-install.sh /var/lib/apt/lists/*
fi
dotnet --list-runtimes
