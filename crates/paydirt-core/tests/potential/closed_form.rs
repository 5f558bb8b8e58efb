//! Gravity and magnetics of right rectangular prisms and dipoles, in closed form. Axes: east, north,
//! down; metres.

/// Gravitational constant in m3/(kg s2).
const GRAVITY: f64 = 6.6743e-11;
/// mu0 / 4 pi in H/m.
const MAGNETIC: f64 = 1e-7;

/// A prism: west and east, south and north, top and bottom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prism {
    pub(crate) sides: [[f64; 2]; 3],
    /// Density contrast in kg/m3.
    pub(crate) density: f64,
}

/// The sum of a function of the corners, seen from a place, with the signs of a triple integral.
fn corners(sides: [[f64; 2]; 3], from: [f64; 3], value: impl Fn([f64; 3], f64) -> f64) -> f64 {
    let mut sum = 0.0;
    for corner in 0..8 {
        let bits = [corner & 1, corner >> 1 & 1, corner >> 2 & 1];
        let at: [f64; 3] = std::array::from_fn(|axis| sides[axis][bits[axis]] - from[axis]);
        let sign = if (bits[0] + bits[1] + bits[2]) % 2 == 1 { 1.0 } else { -1.0 };
        sum += sign * value(at, at.iter().map(|part| part * part).sum::<f64>().sqrt());
    }
    sum
}

impl Prism {
    /// Vertical attraction in mGal, positive down (Nagy, Papp & Benedek 2000,
    /// doi:10.1007/s001900000116, equation 8).
    pub(crate) fn gravity(&self, from: [f64; 3]) -> f64 {
        let sum = corners(self.sides, from, |[x, y, z], r| {
            x * (y + r).ln() + y * (x + r).ln() - z * (x * y / (z * r)).atan()
        });
        -1e5 * GRAVITY * self.density * sum
    }

    /// Second derivatives of the potential in mGal/m (the same, equations 12 and 15).
    pub(crate) fn tensor(&self, from: [f64; 3]) -> [[f64; 3]; 3] {
        let scale = 1e5 * GRAVITY * self.density;
        let of = |value: fn([f64; 3], f64) -> f64| scale * corners(self.sides, from, value);
        let xx = of(|[x, y, z], r| -(y * z / (x * r)).atan());
        let yy = of(|[x, y, z], r| -(x * z / (y * r)).atan());
        let zz = of(|[x, y, z], r| -(x * y / (z * r)).atan());
        let (xy, xz, yz) = (
            of(|[_, _, z], r| (z + r).ln()),
            of(|[_, y, _], r| (y + r).ln()),
            of(|[x, ..], r| (x + r).ln()),
        );
        [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]
    }

    /// Total-field anomaly in nT where 1 kg/m3 stands for 1/1000 A/m, by Poisson's relation;
    /// directions of the field and of magnetisation.
    pub(crate) fn magnetic(&self, from: [f64; 3], field: [f64; 3], magnetisation: [f64; 3]) -> f64 {
        let tensor = self.tensor(from);
        let mut sum = 0.0;
        for (row, f) in tensor.iter().zip(field) {
            for (value, m) in row.iter().zip(magnetisation) {
                sum += f * value * m;
            }
        }
        sum / 1e5 / GRAVITY * 1e-3 * MAGNETIC * 1e9
    }
}

/// The unit vector (east, north, down) of an inclination and a declination in degrees.
pub(crate) fn direction(inclination: f64, declination: f64) -> [f64; 3] {
    let (sine, cosine) = inclination.to_radians().sin_cos();
    let (east, north) = declination.to_radians().sin_cos();
    [cosine * east, cosine * north, sine]
}

/// Total-field anomaly in nT of a dipole of a moment in A m2 (Blakely 1995, equation 4.14).
pub(crate) fn dipole(at: [f64; 3], moment: [f64; 3], from: [f64; 3], field: [f64; 3]) -> f64 {
    let away: [f64; 3] = std::array::from_fn(|axis| from[axis] - at[axis]);
    let dot = |a: [f64; 3], b: [f64; 3]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let r = dot(away, away).sqrt();
    1e9 * MAGNETIC
        * (3.0 * dot(moment, away) * dot(away, field) / r.powi(5) - dot(moment, field) / r.powi(3))
}
