//! How an operation of our own becomes part of burn's graph.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use burn_autodiff::Autodiff;
use burn_autodiff::checkpoint::base::Checkpointer;
use burn_autodiff::checkpoint::strategy::NoCheckpointing;
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, NodeGuard, Ops, OpsKind};
use burn_backend::BackendTypes;
use burn_flex::{Flex, FlexTensor};
use burn_tensor::{DType, Device, Shape, Tensor, TensorData};

/// Numbers of a tensor on the CPU, row by row.
#[derive(Clone, Debug)]
pub(super) struct Numbers(FlexTensor);

impl Numbers {
    pub(super) fn new(numbers: Vec<f32>, shape: &[usize]) -> Self {
        Self(FlexTensor::from_data(TensorData::new(numbers, Shape::from(shape.to_vec()))))
    }

    fn of(tensor: &FlexTensor) -> Self {
        Self(tensor.to_contiguous())
    }

    /// The numbers of a tensor without gradients on the CPU.
    pub(super) fn take<const D: usize>(tensor: Tensor<D>) -> Option<Self> {
        tensor.try_into_primitive::<Flex>().ok().map(|tensor| Self::of(&tensor))
    }

    pub(super) fn into_tensor<const D: usize>(self) -> Tensor<D> {
        Tensor::from_primitive::<Flex>(self.0)
    }

    pub(super) fn shape(&self) -> &[usize] {
        self.0.layout().shape()
    }

    /// The numbers to be changed in place; copied where another tensor shares them.
    pub(super) fn change(&mut self) -> &mut [f32] {
        self.0.storage_mut()
    }
}

impl Deref for Numbers {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        self.0.storage()
    }
}

/// Gradients of the inputs from that of the output, where they are wanted.
type Back = dyn Fn(Numbers, &[bool]) -> Vec<Option<Numbers>> + Send + Sync;

/// What an operation made: its output, and how gradients flow back through it.
pub(super) struct Made {
    output: Numbers,
    back: Arc<Back>,
}

impl Made {
    pub(super) fn new(
        output: Numbers,
        back: impl Fn(Numbers, &[bool]) -> Vec<Option<Numbers>> + Send + Sync + 'static,
    ) -> Self {
        Self { output, back: Arc::new(back) }
    }
}

type Tracked = <Autodiff<Flex> as BackendTypes>::FloatTensorPrimitive;

/// An input of an operation.
pub(super) enum Input {
    Plain(FlexTensor),
    Tracked(Tracked),
}

/// Whether a tensor is one that our own operations take: 32-bit floats on the CPU.
pub(super) fn is_ours<const D: usize>(tensor: &Tensor<D>) -> bool {
    tensor.dtype() == DType::F32 && tensor.device().inner() == Device::flex()
}

/// A tensor as an input; none where [`is_ours`] does not hold.
pub(super) fn input<const D: usize>(tensor: Tensor<D>) -> Option<Input> {
    if !is_ours(&tensor) {
        return None;
    }
    if tensor.is_autodiff() {
        return tensor.try_into_primitive::<Autodiff<Flex>>().ok().map(Input::Tracked);
    }
    tensor.try_into_primitive::<Flex>().ok().map(Input::Plain)
}

/// What the backward pass keeps of an operation.
#[derive(Clone)]
struct Kept(Arc<Back>);

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}

#[derive(Debug)]
struct Own;

impl<const N: usize> Backward<Flex, N> for Own {
    type State = Kept;

    fn backward(self, ops: Ops<Kept, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let wanted = ops.parents.each_ref().map(Option::is_some);
        let gradient = Numbers::of(&grads.consume::<Flex>(&ops.node));
        let found = (ops.state.0)(gradient, &wanted);
        for (parent, gradient) in ops.parents.into_iter().zip(found) {
            if let (Some(parent), Some(gradient)) = (parent, gradient) {
                grads.register::<Flex>(parent.id, gradient.0);
            }
        }
    }
}

/// Carries out an operation on its inputs, of which there are one to four; with gradients where one of
/// them has some. `make` is told whether it is asked for the way back.
pub(super) fn apply<const D: usize>(
    inputs: Vec<Option<Input>>,
    make: impl FnOnce(Vec<Numbers>, bool) -> Made,
) -> Option<Tensor<D>> {
    let inputs: Vec<Input> = inputs.into_iter().collect::<Option<_>>()?;
    let numbers = |input: &Input| match input {
        Input::Plain(tensor) => Numbers::of(tensor),
        Input::Tracked(tensor) => Numbers::of(tensor.primitive()),
    };
    let values: Vec<Numbers> = inputs.iter().map(numbers).collect();
    if inputs.iter().all(|input| matches!(input, Input::Plain(_))) {
        drop(inputs);
        return Some(Tensor::from_primitive::<Flex>(make(values, false).output.0));
    }
    let node = |input: Input| match input {
        Input::Plain(tensor) => Tracked::new(tensor).node(),
        Input::Tracked(tensor) => tensor.node(),
    };
    let nodes: Vec<NodeGuard> = inputs.into_iter().map(node).collect();
    let output = match nodes.len() {
        1 => record::<1>(nodes, values, make),
        2 => record::<2>(nodes, values, make),
        3 => record::<3>(nodes, values, make),
        _ => record::<4>(nodes, values, make),
    };
    output.map(Tensor::from_primitive::<Autodiff<Flex>>)
}

/// Carries out an operation and enters it in the graph.
fn record<const N: usize>(
    nodes: Vec<NodeGuard>,
    values: Vec<Numbers>,
    make: impl FnOnce(Vec<Numbers>, bool) -> Made,
) -> Option<Tracked> {
    let nodes: [NodeGuard; N] = nodes.try_into().ok()?;
    Some(match Own.prepare::<NoCheckpointing>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(ready) => {
            let made = make(values, true);
            ready.finish(Kept(made.back), made.output.0)
        }
        OpsKind::UnTracked(ready) => ready.finish(make(values, false).output.0),
    })
}
