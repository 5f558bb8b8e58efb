// What the feature `bundled` asks of the linker, included by the build script of every crate that
// makes a program or a test from it (`cargo:rustc-link-arg` reaches no further than its own crate).
fn link_codecs() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_BUNDLED").is_some() {
        for argument in
            ["-Wl,--push-state,-Bstatic", "-lzstd", "-llzma", "-lwebp", "-Wl,--pop-state"]
        {
            println!("cargo:rustc-link-arg={argument}");
        }
    }
}
