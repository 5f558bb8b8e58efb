//! Chemical formulas and atomic masses.

/// Standard atomic masses, abridged to five digits (IUPAC 2021, doi:10.1515/pac-2019-0603).
const MASSES: [(&str, f64); 83] = [
    ("H", 1.008),
    ("He", 4.0026),
    ("Li", 6.94),
    ("Be", 9.0122),
    ("B", 10.81),
    ("C", 12.011),
    ("N", 14.007),
    ("O", 15.999),
    ("F", 18.998),
    ("Ne", 20.18),
    ("Na", 22.99),
    ("Mg", 24.305),
    ("Al", 26.982),
    ("Si", 28.085),
    ("P", 30.974),
    ("S", 32.06),
    ("Cl", 35.45),
    ("Ar", 39.95),
    ("K", 39.098),
    ("Ca", 40.078),
    ("Sc", 44.956),
    ("Ti", 47.867),
    ("V", 50.942),
    ("Cr", 51.996),
    ("Mn", 54.938),
    ("Fe", 55.845),
    ("Co", 58.933),
    ("Ni", 58.693),
    ("Cu", 63.546),
    ("Zn", 65.38),
    ("Ga", 69.723),
    ("Ge", 72.63),
    ("As", 74.922),
    ("Se", 78.971),
    ("Br", 79.904),
    ("Kr", 83.798),
    ("Rb", 85.468),
    ("Sr", 87.62),
    ("Y", 88.906),
    ("Zr", 91.224),
    ("Nb", 92.906),
    ("Mo", 95.95),
    ("Ru", 101.07),
    ("Rh", 102.91),
    ("Pd", 106.42),
    ("Ag", 107.87),
    ("Cd", 112.41),
    ("In", 114.82),
    ("Sn", 118.71),
    ("Sb", 121.76),
    ("Te", 127.6),
    ("I", 126.9),
    ("Xe", 131.29),
    ("Cs", 132.91),
    ("Ba", 137.33),
    ("La", 138.91),
    ("Ce", 140.12),
    ("Pr", 140.91),
    ("Nd", 144.24),
    ("Sm", 150.36),
    ("Eu", 151.96),
    ("Gd", 157.25),
    ("Tb", 158.93),
    ("Dy", 162.5),
    ("Ho", 164.93),
    ("Er", 167.26),
    ("Tm", 168.93),
    ("Yb", 173.05),
    ("Lu", 174.97),
    ("Hf", 178.49),
    ("Ta", 180.95),
    ("W", 183.84),
    ("Re", 186.21),
    ("Os", 190.23),
    ("Ir", 192.22),
    ("Pt", 195.08),
    ("Au", 196.97),
    ("Hg", 200.59),
    ("Tl", 204.38),
    ("Pb", 207.2),
    ("Bi", 208.98),
    ("Th", 232.04),
    ("U", 238.03),
];

/// Most atoms of one element in a formula: `Pb206` is an isotope, not two hundred and six atoms.
const MOST_ATOMS: u32 = 20;

/// The standard atomic mass of an element in g/mol.
#[must_use]
pub fn mass(symbol: &str) -> Option<f64> {
    MASSES.iter().find(|(known, _)| *known == symbol).map(|(_, mass)| *mass)
}

/// The atoms of a formula without brackets, in its order: symbol and number.
///
/// ```
/// use paydirt_core::assay::formula::atoms;
/// assert_eq!(atoms("Al2O3").unwrap(), [("Al", 2), ("O", 3)]);
/// assert_eq!(atoms("FeS2").unwrap(), [("Fe", 1), ("S", 2)]);
/// assert!(atoms("Total").is_none());
/// ```
#[must_use]
pub fn atoms(formula: &str) -> Option<Vec<(&'static str, u32)>> {
    parse(formula, true)
}

/// As [`atoms`], but small and capital letters mean the same: of two readings the one with longer
/// symbols is taken, so that `COO` is cobalt and oxygen.
pub(super) fn atoms_in_any_case(formula: &str) -> Option<Vec<(&'static str, u32)>> {
    parse(formula, false)
}

fn parse(text: &str, exact: bool) -> Option<Vec<(&'static str, u32)>> {
    // longer ones are words, and cost more than they tell
    if !text.is_ascii() || text.len() > 12 {
        return None;
    }
    [2, 1].into_iter().find_map(|length| {
        let head = text.get(..length)?;
        let same =
            |known: &str| if exact { known == head } else { known.eq_ignore_ascii_case(head) };
        let (symbol, _) = MASSES.iter().find(|(known, _)| same(known))?;
        let rest = &text[length..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let count = if digits == 0 { 1 } else { rest[..digits].parse().ok()? };
        if !(1..=MOST_ATOMS).contains(&count) {
            return None;
        }
        let rest = &rest[digits..];
        let mut found = vec![(*symbol, count)];
        if !rest.is_empty() {
            found.extend(parse(rest, exact)?);
        }
        Some(found)
    })
}

/// Mass of one element in a unit of mass of a compound.
///
/// By hand: Fe2O3 weighs 2 x 55.845 + 3 x 15.999 = 159.687, of which 111.69 is iron.
/// ```
/// use paydirt_core::assay::formula::{atoms, share};
/// let hematite = atoms("Fe2O3").unwrap();
/// assert!((share(&hematite, "Fe").unwrap() - 111.69 / 159.687).abs() < 1e-12);
/// assert_eq!(share(&atoms("Cu").unwrap(), "Cu"), Some(1.0));
/// ```
#[must_use]
pub fn share(atoms: &[(&str, u32)], element: &str) -> Option<f64> {
    let weight = |(symbol, count): &(&str, u32)| Some(mass(symbol)? * f64::from(*count));
    let whole: Option<f64> = atoms.iter().map(weight).sum();
    let part: f64 = atoms.iter().filter(|(symbol, _)| *symbol == element).filter_map(weight).sum();
    whole.filter(|_| part > 0.0).map(|whole| part / whole)
}
