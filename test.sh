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
if command -v cargo-nextest >/dev/null; then
    cargo nextest run --workspace --locked "${flags[@]}" --no-fail-fast
else
    cargo test --workspace --locked "${flags[@]}" --no-fail-fast
fi
cargo test --doc --workspace --locked "${flags[@]}" --quiet

step "several machines"
if command -v cargo-nextest >/dev/null; then
    cargo nextest run -p paydirt-scale --features ballista --cargo-profile scale --locked
else
    cargo test -p paydirt-scale --features ballista --profile scale --locked
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
