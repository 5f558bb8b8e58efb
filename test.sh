#!/usr/bin/env bash
# Sets up what is missing and runs every check, cheapest first.
set -euo pipefail
cd "$(dirname "$0")"
step() { printf '\n== %s\n' "$*"; }

step "set up"
read -ra flags <<<"$(./install.sh --deps-only)"
export CMAKE_TOOLCHAIN_FILE="$PWD/crates/paydirt-io/bundled/tc.cmake" # used by a bundled GDAL alone

step "format"
# shellcheck disable=SC2046 # names of Rust files hold no spaces
rustfmt --edition 2024 --config-path . --check $(find crates benches -name '*.rs' -not -path '*/target/*')

step "lints"
cargo clippy --workspace --all-targets --locked "${flags[@]}" -- -D warnings

step "licences and sources"
if command -v cargo-deny >/dev/null; then
    cargo deny check bans licenses sources
else
    echo "cargo-deny is not installed: skipped (cargo install --locked cargo-deny)"
fi

step "tests"
# Peers that tests ask where they are there: a server of buckets, and Python's readers of Zarr.
if [ ! -x target/peers/bin/moto_server ]; then
    python3 -m venv target/peers && target/peers/bin/pip install --quiet 'moto[server]' 'zarr>=3' xarray
fi
export PAYDIRT_MOTO="$PWD/target/peers/bin/moto_server" PAYDIRT_ZARR_PYTHON="$PWD/target/peers/bin/python"
if command -v cargo-nextest >/dev/null; then
    cargo nextest run --workspace --locked "${flags[@]}" --no-fail-fast
else
    cargo test --workspace --locked "${flags[@]}" --no-fail-fast
fi
cargo test --doc --workspace --locked "${flags[@]}" --quiet

step "several machines"
several=(-p paydirt-scale -p paydirt --features "paydirt/ballista,paydirt-scale/ballista" --locked
    --lib --test cluster --test queries --test workers "${flags[@]}")
if command -v cargo-nextest >/dev/null; then
    cargo nextest run "${several[@]}" --cargo-profile scale \
        -E 'package(paydirt-scale) | binary(queries) | binary(workers)'
else
    cargo test "${several[@]}" --profile scale
fi

step "Python"
crates/paydirt-python/test/run "${flags[@]}"

step "examples"
cargo build --locked "${flags[@]}" --package paydirt
examples/run-all target/debug/paydirt

step "viewer"
crates/paydirt-view/web/test/run target/debug/paydirt

step "QGIS"
qgis/test/run target/debug/paydirt
echo "all checks passed"
