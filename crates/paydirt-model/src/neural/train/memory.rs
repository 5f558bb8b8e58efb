//! What happens where a device has no memory left for a step.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// How burn's devices say that they have no memory left. They can say it in a panic alone: a step is only
/// computed when its numbers are asked for.
const SAID: [&str; 4] =
    ["out of memory", "out-of-memory", "out of device memory", "can't allocate buffer"];

/// What `of` comes to; none where the device has no memory for it.
pub(super) fn within<T>(of: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(of)) {
        Ok(found) => Some(found),
        Err(panic) if tells_of_memory(&*panic) => None,
        Err(panic) => resume_unwind(panic),
    }
}

fn tells_of_memory(panic: &(dyn Any + Send)) -> bool {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default();
    let text = text.to_lowercase();
    SAID.iter().any(|said| text.contains(said))
}
