//! The function that the engine calls for each row of the manifest: `perform(job, notes, task)`.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, StringArray};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::work::{TaskStatus, Work, attempt};

/// Its name in the plan.
const NAME: &str = "perform";

/// What a worker does tasks with.
#[derive(Clone)]
pub(crate) struct Hand {
    /// The work.
    pub(crate) work: Arc<dyn Work>,
    /// What the worker is called.
    pub(crate) worker: String,
    /// How often a task is tried.
    pub(crate) tries: u32,
}

/// `perform` for scheduler and client, who only need to know it.
pub(crate) fn known() -> ScalarUDF {
    function(None)
}

/// `perform` for a worker, who does it.
pub(crate) fn done_by(hand: Hand) -> ScalarUDF {
    function(Some(hand))
}

fn function(hand: Option<Hand>) -> ScalarUDF {
    let takes = vec![DataType::Utf8, DataType::Utf8, DataType::Int64];
    // Volatile: no plan may leave a call out, merge two, or make one ahead of time.
    ScalarUDF::from(Perform { signature: Signature::exact(takes, Volatility::Volatile), hand })
}

/// Does a task on a worker and answers with its status as JSON.
struct Perform {
    signature: Signature,
    hand: Option<Hand>,
}

impl fmt::Debug for Perform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(NAME)
    }
}

impl PartialEq for Perform {
    fn eq(&self, other: &Self) -> bool {
        self.signature == other.signature
    }
}

impl Eq for Perform {}

impl Hash for Perform {
    fn hash<H: Hasher>(&self, state: &mut H) {
        NAME.hash(state);
    }
}

impl ScalarUDFImpl for Perform {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some(hand) = &self.hand else {
            return Err(DataFusionError::Execution(format!("`{NAME}` is done by workers alone")));
        };
        let columns = ColumnarValue::values_to_arrays(&arguments.args)?;
        let wrong = || DataFusionError::Execution(format!("`{NAME}` takes (job, notes, task)"));
        let [jobs, notes, tasks] = columns.as_slice() else { return Err(wrong()) };
        let jobs = jobs.as_string_opt::<i32>().ok_or_else(wrong)?;
        let notes = notes.as_string_opt::<i32>().ok_or_else(wrong)?;
        let tasks = tasks.as_primitive_opt::<Int64Type>().ok_or_else(wrong)?;
        let mut answers = Vec::with_capacity(tasks.len());
        for row in 0..arguments.number_rows.min(tasks.len()) {
            let task = u64::try_from(tasks.value(row)).map_err(|_| wrong())?;
            let status = attempt(&*hand.work, jobs.value(row), task, hand.tries, &hand.worker);
            note(Path::new(notes.value(row)), &status);
            answers.push(
                serde_json::to_string(&status)
                    .map_err(|error| DataFusionError::External(error.into()))?,
            );
        }
        Ok(ColumnarValue::Array(Arc::new(StringArray::from(answers))))
    }
}

/// Leaves a note for whoever watches the job. Nothing depends on it, so nothing is said where it fails.
fn note(notes: &Path, status: &TaskStatus) {
    let _ = fs_err::write(notes.join(status.task.to_string()), "");
}
