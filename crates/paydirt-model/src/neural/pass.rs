//! One walk through a network.

use burn_tensor::{Device, FloatDType, Int, Shape, Tensor, TensorData, module};
use paydirt_core::seed::Seed;
use rand::Rng;

use super::kernels::{self, Spread, Then};
use super::parameters::{Id, Parameters};
use super::train::Precision;

/// A tensor of these numbers.
#[must_use]
pub fn tensor<const D: usize>(numbers: Vec<f32>, shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(numbers, Shape::from(shape)), device)
}

/// A tensor of these places.
pub(crate) fn places(numbers: Vec<i64>, device: &Device) -> Tensor<1, Int> {
    let count = numbers.len();
    Tensor::from_data(TensorData::new(numbers, Shape::from([count])), device)
}

/// The numbers of a tensor, row by row.
#[must_use]
pub fn to_numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

/// Most numbers that burn adds up in an order that does not depend on the threads, with room to spare.
const SUMMED: usize = 1 << 20;

/// The sum of all numbers, in the same order on any number of threads.
pub(crate) fn total<const D: usize>(numbers: Tensor<D>) -> Tensor<1> {
    let (rows, count) = (numbers.dims()[0].max(1), numbers.shape().num_elements());
    if count <= SUMMED {
        return numbers.sum();
    }
    if rows < count {
        return numbers.reshape([rows, count / rows]).sum_dim(1).sum();
    }
    let flat = numbers.reshape([count]);
    let run = |start: usize| flat.clone().narrow(0, start, SUMMED.min(count - start)).sum();
    (SUMMED..count).step_by(SUMMED).map(run).fold(run(0), |sum, part| sum + part)
}

/// What a walk is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Gradients, dropout, and statistics of the batch.
    Learn,
    /// Neither.
    Infer,
    /// Dropout alone: one draw of the posterior, the same units dropped for every row.
    Sample,
}

/// One walk through a network: its parameters, and what the walk leaves behind.
#[derive(Debug)]
pub struct Pass<'a> {
    parameters: &'a Parameters,
    values: Vec<Tensor<1>>,
    mode: Mode,
    seed: Seed,
    drops: u64,
    updates: Vec<(Id, Tensor<1>)>,
    watch: Option<Option<String>>,
    precision: Precision,
}

impl<'a> Pass<'a> {
    /// With gradients, dropout, and batch normalisation by the batch.
    #[must_use]
    pub fn learn(parameters: &'a Parameters, seed: Seed) -> Self {
        let leaf = |(value, learned): (&Tensor<1>, bool)| {
            let value = value.clone().autodiff();
            if learned { value.require_grad() } else { value }
        };
        let learned = parameters.specs().iter().map(|spec| spec.learned);
        let values = parameters.values().iter().zip(learned).map(leaf).collect();
        Self::new(parameters, values, Mode::Learn, seed)
    }

    /// As the network is used.
    #[must_use]
    pub fn infer(parameters: &'a Parameters) -> Self {
        Self::new(parameters, parameters.values().to_vec(), Mode::Infer, Seed(0))
    }

    /// With dropout, of the same units for every row: a network drawn from the approximate posterior
    /// (Gal and Ghahramani 2016, PMLR 48:1050-1059).
    #[must_use]
    pub fn sample(parameters: &'a Parameters, seed: Seed) -> Self {
        Self::new(parameters, parameters.values().to_vec(), Mode::Sample, seed)
    }

    const fn new(
        parameters: &'a Parameters,
        values: Vec<Tensor<1>>,
        mode: Mode,
        seed: Seed,
    ) -> Self {
        Self {
            parameters,
            values,
            mode,
            seed,
            drops: 0,
            updates: Vec::new(),
            watch: None,
            precision: Precision::Full,
        }
    }

    /// The same, its products in another precision.
    #[must_use]
    pub(super) fn with(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// Whether products are computed in 16 bits.
    pub(super) fn is_mixed(&self) -> bool {
        self.precision == Precision::Mixed
    }

    /// A factor of a product, in the precision of products.
    pub(super) fn narrow<const D: usize>(&self, numbers: Tensor<D>) -> Tensor<D> {
        if self.is_mixed() { numbers.cast(FloatDType::BF16) } else { numbers }
    }

    /// What a product made, in 32 bits.
    pub(super) fn widen<const D: usize>(&self, numbers: Tensor<D>) -> Tensor<D> {
        if self.is_mixed() { numbers.cast(FloatDType::F32) } else { numbers }
    }

    /// Where it runs; tensors that a walk needs are made there.
    #[must_use]
    pub fn device(&self) -> Device {
        match self.mode {
            Mode::Learn => self.parameters.device().clone().autodiff(),
            Mode::Infer | Mode::Sample => self.parameters.device().clone(),
        }
    }

    /// A parameter in its shape.
    ///
    /// # Panics
    /// Where `D` is not the number of its axes.
    #[must_use]
    pub fn get<const D: usize>(&self, id: Id) -> Tensor<D> {
        let shape = &self.parameters.specs()[id.0].shape;
        assert_eq!(
            shape.len(),
            D,
            "`{}` has {} axes",
            self.parameters.specs()[id.0].name,
            shape.len()
        );
        self.values[id.0].clone().reshape::<D, _>(Shape::from(shape.clone()))
    }

    /// Sets each number to 0 with probability `rate` and divides the others by `1 - rate`, where the walk
    /// learns or samples (Srivastava and others 2014, JMLR 15:1929-1958).
    #[must_use]
    pub fn dropout<const D: usize>(&mut self, numbers: Tensor<D>, rate: f64) -> Tensor<D> {
        if rate <= 0.0 || self.mode == Mode::Infer {
            return numbers;
        }
        self.drops += 1;
        let mut shape = numbers.dims();
        if self.mode == Mode::Sample {
            shape[0] = 1;
        }
        let mut rng = self.seed.derive("dropout", self.drops).rng();
        let kept = (1.0 / (1.0 - rate)) as f32;
        let limit = (rate * 4_294_967_296.0) as u32;
        let mut words = vec![0_u8; 4 * shape.iter().product::<usize>()];
        rng.fill_bytes(&mut words);
        let mask = words.chunks_exact(4).map(|word| {
            let word = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
            if word < limit { 0.0 } else { kept }
        });
        numbers * tensor(mask.collect(), shape, &self.device())
    }

    /// Batch normalisation: by the batch where the walk learns (the running means follow by a tenth), by
    /// the running means otherwise (Ioffe and Szegedy 2015, PMLR 37:448-456). `ids` are scale, shift,
    /// running mean and running variance.
    #[must_use]
    pub fn normalise_batch<const D: usize>(&mut self, input: Tensor<D>, ids: [Id; 4]) -> Tensor<D> {
        self.normalise_batch_then(input, ids, Then::NOTHING)
    }

    /// The same, and what follows.
    #[must_use]
    pub(super) fn normalise_batch_then<const D: usize>(
        &mut self,
        input: Tensor<D>,
        ids: [Id; 4],
        then: Then<D>,
    ) -> Tensor<D> {
        const EPSILON: f32 = 1e-5;
        let [scale, shift, mean, variance] = ids.map(|id| self.get::<1>(id));
        // A batch of one number a channel has no variance.
        let numbers = input.shape().num_elements() / input.dims()[1].max(1);
        let of_batch = self.mode == Mode::Learn && numbers > 1;
        let factors = || [scale.clone(), shift.clone()];
        let given = || Spread::of(mean.clone(), variance.clone());
        let own = kernels::batch_norm(&input, factors(), (!of_batch).then(given), &then, EPSILON);
        let (output, of_batch, spread) = match own {
            Some((output, _)) if !of_batch => return output,
            Some((output, spread)) => {
                let device = mean.device().inner();
                let channels = spread.mean.len();
                let [of_batch, spread] =
                    [spread.mean, spread.variance].map(|list| tensor(list, [channels], &device));
                (output, of_batch, spread)
            }
            None => {
                let (input, epsilon) = (input, f64::from(EPSILON));
                if !of_batch {
                    let [scale, shift] = factors();
                    let output = module::batch_norm(input, scale, shift, mean, variance, epsilon);
                    return then.apply(output);
                }
                let found = module::batch_norm_train(input, scale, shift, epsilon);
                (then.apply(found.output), found.mean.inner(), found.variance.inner())
            }
        };
        let unbiased = numbers as f32 / (numbers - 1) as f32;
        let follow = |old: Tensor<1>, new: Tensor<1>| old.inner() * 0.9 + new * 0.1;
        self.updates.push((ids[2], follow(mean, of_batch)));
        self.updates.push((ids[3], follow(variance, spread * unbiased)));
        output
    }

    /// Looks whether the numbers that leave a layer are finite, where the walk is watched.
    #[must_use]
    pub fn leave<const D: usize>(&mut self, layer: &str, numbers: Tensor<D>) -> Tensor<D> {
        if let Some(found @ None) = &mut self.watch
            && !to_numbers(numbers.clone().inner()).iter().all(|number| number.is_finite())
        {
            *found = Some(layer.into());
        }
        numbers
    }

    /// Watches for the first layer whose numbers are not finite.
    pub(super) fn watched(mut self) -> Self {
        self.watch = Some(None);
        self
    }

    /// The first layer whose numbers were not finite.
    pub(super) fn broken(&self) -> Option<&str> {
        self.watch.as_ref().and_then(|found| found.as_deref())
    }

    /// The leaves that gradients belong to.
    #[cfg(test)]
    pub(super) fn leaves(&self) -> &[Tensor<1>] {
        &self.values
    }

    /// What the walk changes without gradients.
    pub(super) fn into_updates(self) -> (Vec<Tensor<1>>, Vec<(Id, Tensor<1>)>) {
        (self.values, self.updates)
    }
}
