//! Links the codecs of a bundled GDAL; does nothing without the feature `bundled`.

include!("../paydirt-io/bundled/link.rs");

fn main() {
    link_codecs();
}
