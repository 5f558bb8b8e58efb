# `just check` is CI, cheapest check first. Without `just`, `.ci/run` does the same.

rust_files := `git ls-files '*.rs' | tr '\n' ' '`

check:
    .ci/run

# cargo fmt does not see the files that a catalogue declares
fmt:
    rustfmt --edition 2024 --config-path . {{rust_files}}

lint:
    cargo clippy --workspace --all-targets --locked -- -D warnings

test:
    cargo nextest run --workspace --locked
    cargo test --doc --workspace --locked

deny:
    cargo deny check

# Side by side with the peers; prints ratios, keeps raw results in benches/results
bench name:
    python3 benches/{{name}}.py
