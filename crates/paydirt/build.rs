//! Names the build, and links the codecs of a bundled GDAL; the latter does nothing without the feature `bundled`.

use std::path::{Path, PathBuf};

include!("../paydirt-io/bundled/link.rs");

fn main() {
    link_codecs();
    name_build();
}

/// Sets `PAYDIRT_BUILD`: a number that tells what this program computes from what another build would, by the
/// bytes of its sources and of the list of its dependencies.
fn name_build() {
    let mut files = vec![PathBuf::from("../../Cargo.lock")];
    for name in ["paydirt-core", "paydirt-io", "paydirt-model", "paydirt"] {
        let sources = Path::new("..").join(name).join("src");
        println!("cargo:rerun-if-changed={}", sources.display());
        gather(&sources, &mut files);
    }
    println!("cargo:rerun-if-changed=../../Cargo.lock");
    files.sort();
    // Fowler, Noll and Vo's hash.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for file in files {
        let bytes = fs_err::read(&file).unwrap_or_default();
        for byte in file.to_string_lossy().bytes().chain(bytes) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    println!("cargo:rustc-env=PAYDIRT_BUILD={hash:016x}");
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs_err::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            gather(&path, files);
        } else {
            files.push(path);
        }
    }
}
