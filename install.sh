#!/usr/bin/env bash
# Installs what is missing and then `paydirt` itself, into cargo's bin folder.
# Says what it is going to do before it does it. `--deps-only` stops before building Paydirt and prints the
# flags that cargo needs on this machine.
set -euo pipefail
cd "$(dirname "$0")"

say() { printf '%s\n' "$*" >&2; }

as_root=()
if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root=(sudo); else as_root=(none); fi
fi

command -v cargo >/dev/null || { say "error: no Rust toolchain found"; say "hint: install Rust from https://rustup.rs"; exit 1; }

features=()
if ! pkg-config --exists 'gdal >= 3.6' 2>/dev/null || ! command -v cc >/dev/null; then
    if [ "${as_root[0]:-}" = none ] || ! command -v apt-get >/dev/null; then
        for tool in cc c++ cmake sqlite3; do
            command -v "$tool" >/dev/null || missing="${missing:-} $tool"
        done
        for header in zstd lzma webp/encode; do
            echo "#include <$header.h>" | cc -E - >/dev/null 2>&1 || missing="${missing:-} $header.h"
        done
        if [ -n "${missing:-}" ]; then
            say "error: GDAL is not installed, and building it needs:${missing}"
            say "hint: ask an administrator for: apt-get install build-essential pkg-config libgdal-dev"
            exit 1
        fi
        say "GDAL is not installed and there is no root access: building GDAL from source (about 20 minutes of processor time)"
        features=(--features bundled)
        export CMAKE_TOOLCHAIN_FILE="$PWD/crates/paydirt-io/bundled/tc.cmake"
    else
        say "GDAL is not installed: apt-get install build-essential pkg-config libgdal-dev (up to 225 packages, 181 MB to download, 884 MB on disk)"
        "${as_root[@]}" apt-get update -qq
        DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends \
            build-essential pkg-config libgdal-dev >/dev/null
    fi
fi

if [ "${1:-}" = --deps-only ]; then
    [ ${#features[@]} -eq 0 ] || echo "--features paydirt/bundled"
    exit 0
fi
say "building paydirt"
cargo install --locked --force --path crates/paydirt "${features[@]}"
say "installed $(command -v paydirt || echo "${CARGO_HOME:-$HOME/.cargo}/bin/paydirt")"
