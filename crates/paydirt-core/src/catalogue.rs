//! One file and one line: the macro that turns a list of files into a catalogue.

/// Declares the modules of a catalogue, an enum with one variant a file (its serde name is the
/// file's name, which is its key in the project file), `all()` the keys and `key()` of a value.
///
/// Each file has a public `Settings` struct (serde, schemars, `Default`).
macro_rules! catalogue {
    ($(#[$doc:meta])* $name:ident: dyn $trait:path { $($file:ident => $variant:ident),+ $(,)? }) => {
        $(pub mod $file;)+

        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $(#[doc = concat!("See [`", stringify!($file), "`].")] $variant($file::Settings),)+
        }

        impl $name {
            /// The keys of the catalogue, as the project file writes them.
            #[must_use]
            pub const fn keys() -> &'static [&'static str] { &[$(stringify!($file)),+] }

            /// Every entry with its default settings.
            #[must_use]
            pub fn all() -> Vec<Self> { vec![$(Self::$variant($file::Settings::default())),+] }

            /// The key of this entry.
            #[must_use]
            pub const fn key(&self) -> &'static str {
                match self { $(Self::$variant(_) => stringify!($file)),+ }
            }
        }

        impl std::ops::Deref for $name {
            type Target = dyn $trait;
            fn deref(&self) -> &(dyn $trait + 'static) {
                match self { $(Self::$variant(settings) => settings),+ }
            }
        }
    };
}

pub(crate) use catalogue;
