//! Networks of rows as an ONNX graph: features in, score out, with all that stands between them.

use prost::Message;

use super::proto::{
    Attribute, BOOL, DOUBLE, Dimension, Entry, FLOAT, Graph, INT64, Kind, Length, Model, Node,
    OperatorSet, Shape, Tensor, TensorKind, ValueInfo,
};
use crate::neural::dense::LayerNumbers;
use crate::neural::layers::{Activation, LEAK};
use crate::neural::rows::RowNetworks;

/// Version of the representation, and of the operators: with `Gelu`.
const REPRESENTATION: i64 = 9;
const OPERATORS: i64 = 20;

/// A graph that grows node by node.
#[derive(Default)]
struct Drawing {
    nodes: Vec<Node>,
    tensors: Vec<Tensor>,
}

impl Drawing {
    /// Adds a node; the name of what leaves it.
    fn node(&mut self, op: &str, inputs: &[&str], attributes: Vec<Attribute>) -> String {
        let name = format!("{}_{}", op.to_lowercase(), self.nodes.len());
        self.nodes.push(Node {
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: vec![name.clone()],
            name: name.clone(),
            op_type: op.into(),
            attribute: attributes,
        });
        name
    }

    fn tensor(&mut self, data_type: i32, dims: &[usize], raw_data: Vec<u8>) -> String {
        let name = format!("numbers_{}", self.tensors.len());
        let dims = dims.iter().map(|&dim| dim as i64).collect();
        self.tensors.push(Tensor { dims, data_type, name: name.clone(), raw_data });
        name
    }

    fn floats(&mut self, dims: &[usize], numbers: &[f32]) -> String {
        self.tensor(FLOAT, dims, numbers.iter().flat_map(|n| n.to_le_bytes()).collect())
    }

    fn doubles(&mut self, dims: &[usize], numbers: &[f64]) -> String {
        self.tensor(DOUBLE, dims, numbers.iter().flat_map(|n| n.to_le_bytes()).collect())
    }
}

fn whole(name: &str, i: i64) -> Attribute {
    Attribute { name: name.into(), i, kind: 2, ..Attribute::default() }
}

fn number(name: &str, f: f32) -> Attribute {
    Attribute { name: name.into(), f, kind: 1, ..Attribute::default() }
}

/// The file of an ensemble: `features` of `[row, column]`, NaN where missing, to `scores` of `[row, member]`.
pub(super) fn model(members: &[&RowNetworks], columns: &[String]) -> Vec<u8> {
    let mut drawing = Drawing::default();
    let scores: Vec<String> = members.iter().map(|member| score(&mut drawing, member)).collect();
    let scores: Vec<&str> = scores.iter().map(String::as_str).collect();
    drawing.node("Concat", &scores, vec![whole("axis", 1)]);
    if let Some(last) = drawing.nodes.last_mut() {
        last.output = vec!["scores".into()];
    }
    let value = |name: &str, dim: Vec<Length>| ValueInfo {
        name: name.into(),
        kind: Some(Kind {
            tensor: Some(TensorKind {
                element: FLOAT,
                shape: Some(Shape {
                    dim: dim.into_iter().map(|length| Dimension { length: Some(length) }).collect(),
                }),
            }),
        }),
    };
    let rows = || Length::Named("rows".into());
    let file = Model {
        ir_version: REPRESENTATION,
        producer_name: "Paydirt".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        doc_string: "Scores of each member for rows of features, as the pipeline of model.json makes them. Its \
                     calibration makes a probability of each score, whose odds are multiplied by its level; the \
                     map shows their mean."
            .into(),
        graph: Some(Graph {
            node: drawing.nodes,
            name: "scores".into(),
            initializer: drawing.tensors,
            input: vec![value("features", vec![rows(), Length::Value(columns.len() as i64)])],
            output: vec![value("scores", vec![rows(), Length::Value(members.len() as i64)])],
        }),
        opset_import: vec![OperatorSet { domain: String::new(), version: OPERATORS }],
        metadata_props: vec![Entry {
            key: "columns".into(),
            value: serde_json::to_string(columns).unwrap_or_default(),
        }],
    };
    file.encode_to_vec()
}

/// The score of one member, as `[row, 1]`.
fn score(drawing: &mut Drawing, member: &RowNetworks) -> String {
    let points = encoded(drawing, member);
    let count = member.count() as f64;
    let sums = member.each(|layers, slope, shift| {
        let output = walk(drawing, member.activation(), layers, &points);
        let wide = drawing.node("Cast", &[&output], vec![whole("to", DOUBLE.into())]);
        let [slope, shift] = [slope / count, shift / count].map(|of| drawing.doubles(&[1], &[of]));
        let sloped = drawing.node("Mul", &[&wide, &slope], Vec::new());
        drawing.node("Add", &[&sloped, &shift], Vec::new())
    });
    let sums: Vec<&str> = sums.iter().map(String::as_str).collect();
    let log_odds = drawing.node("Sum", &sums, Vec::new());
    let score = drawing.node("Sigmoid", &[&log_odds], Vec::new());
    drawing.node("Cast", &[&score], vec![whole("to", FLOAT.into())])
}

/// The coordinates of the rows: (value, or 1 in its category, less mean) x scale, 0 where missing.
fn encoded(drawing: &mut Drawing, member: &RowNetworks) -> String {
    let coordinates = member.coordinates();
    let width = coordinates.len();
    let column = coordinates.iter().flat_map(|c| (c.column as i64).to_le_bytes()).collect();
    let column = drawing.tensor(INT64, &[width], column);
    let gathered = drawing.node("Gather", &["features", &column], vec![whole("axis", 1)]);
    let missing = drawing.node("IsNaN", &[&gathered], Vec::new());
    let categories: Vec<f32> = coordinates.iter().map(|c| c.category.unwrap_or(0.0)).collect();
    let categories = drawing.floats(&[1, width], &categories);
    let same = drawing.node("Equal", &[&gathered, &categories], Vec::new());
    let same = drawing.node("Cast", &[&same], vec![whole("to", DOUBLE.into())]);
    let is = coordinates.iter().map(|c| u8::from(c.category.is_some())).collect();
    let is = drawing.tensor(BOOL, &[1, width], is);
    let value = drawing.node("Cast", &[&gathered], vec![whole("to", DOUBLE.into())]);
    let raw = drawing.node("Where", &[&is, &same, &value], Vec::new());
    let mean: Vec<f64> = coordinates.iter().map(|c| c.mean).collect();
    let scale: Vec<f64> = coordinates.iter().map(|c| c.scale).collect();
    let [mean, scale] = [mean, scale].map(|of| drawing.doubles(&[1, width], &of));
    let centred = drawing.node("Sub", &[&raw, &mean], Vec::new());
    let scaled = drawing.node("Mul", &[&centred, &scale], Vec::new());
    let narrow = drawing.node("Cast", &[&scaled], vec![whole("to", FLOAT.into())]);
    let nothing = drawing.floats(&[1], &[0.0]);
    drawing.node("Where", &[&missing, &nothing, &narrow], Vec::new())
}

/// A network's layers, one after the other.
fn walk(
    drawing: &mut Drawing,
    activation: Activation,
    layers: &[LayerNumbers<'_>],
    points: &str,
) -> String {
    let mut numbers = points.to_owned();
    for (place, layer) in layers.iter().enumerate() {
        let [inputs, outputs] = layer.shape;
        let weight = drawing.floats(&[inputs, outputs], layer.weight);
        let bias = drawing.floats(&[outputs], layer.bias);
        numbers = drawing.node("Gemm", &[&numbers, &weight, &bias], Vec::new());
        if let Some(norm) = layer.norm {
            let parts = norm.map(|part| drawing.floats(&[outputs], part));
            let inputs = [&numbers, &parts[0], &parts[1], &parts[2], &parts[3]];
            let epsilon = number("epsilon", crate::neural::dense::EPSILON);
            numbers =
                drawing.node("BatchNormalization", &inputs.map(String::as_str), vec![epsilon]);
        }
        if place + 1 < layers.len() {
            let (op, attributes) = match activation {
                Activation::Relu => ("Relu", Vec::new()),
                Activation::Gelu => ("Gelu", Vec::new()),
                Activation::Tanh => ("Tanh", Vec::new()),
                Activation::LeakyRelu => ("LeakyRelu", vec![number("alpha", LEAK)]),
            };
            numbers = drawing.node(op, &[&numbers], attributes);
        }
    }
    numbers
}
