//! Looking at an ONNX graph: what is constant, who reads a value, which operators are
//! computed outside of rten.

use std::collections::{HashMap, HashSet};

use rten_onnx::onnx::{AttributeProto, DataLocation, DataType, GraphProto, NodeProto, TensorProto};

use super::convolution::{Convolution, ConvolutionSpec, Reads};
use super::enlarge::Enlargement;
use super::operator::Operator;
use super::pool::Pool;

/// A graph with what its values are.
pub(super) struct Graph<'a> {
    pub(super) proto: &'a GraphProto,
    /// Weights by name: initialisers, and what `Constant` operators hold.
    tensors: HashMap<&'a str, &'a TensorProto>,
    /// Values that do not depend on the input.
    constants: HashSet<&'a str>,
    /// The operators that read a value, once for each time they do.
    readers: HashMap<&'a str, Vec<usize>>,
    /// The operator that makes a value.
    makers: HashMap<&'a str, usize>,
    results: HashSet<&'a str>,
}

/// An operator for us. A convolution comes with those behind it that go into its own numbers: a
/// bias, a scale, a normalisation, a rectifier.
pub(super) struct Found {
    pub(super) operator: Operator,
    /// Its own place among the operators, and those of the operators it takes in.
    pub(super) nodes: Vec<usize>,
    /// Several are one image, channels after channels.
    pub(super) inputs: Vec<String>,
    pub(super) output: String,
}

impl<'a> Graph<'a> {
    /// `None` for a graph that must stay whole: with graphs inside, with weights in other files,
    /// with random numbers, or in no order.
    pub(super) fn of(proto: &'a GraphProto) -> Option<Self> {
        let initialisers = proto.initializer.iter();
        let mut tensors: HashMap<&str, &TensorProto> = initialisers
            .map(|tensor| Some((tensor.name.as_deref()?, tensor)))
            .collect::<Option<_>>()?;
        let inputs = proto.input.iter().filter_map(|input| input.name.as_deref());
        let mut known: HashSet<&str> = inputs.chain(tensors.keys().copied()).collect();
        let mut constants: HashSet<&str> = tensors.keys().copied().collect();
        let mut readers: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut makers = HashMap::new();
        for (at, node) in proto.node.iter().enumerate() {
            if node.attribute.iter().any(|attribute| attribute.g.is_some()) || is_random(node) {
                return None;
            }
            let inputs = || names(&node.input);
            if !inputs().all(|name| known.contains(name)) {
                return None;
            }
            for name in inputs() {
                readers.entry(name).or_default().push(at);
            }
            let is_constant = op(node) == "Constant";
            if let (true, [output]) = (is_constant, &node.output[..])
                && let Some(tensor) = attribute(node, "value").and_then(|value| value.t.as_ref())
            {
                tensors.insert(output, tensor);
            }
            let follows =
                inputs().next().is_some() && inputs().all(|name| constants.contains(name));
            if is_constant || follows {
                constants.extend(names(&node.output));
            }
            known.extend(names(&node.output));
            makers.extend(names(&node.output).map(|name| (name, at)));
        }
        let elsewhere = |tensor: &&TensorProto| {
            tensor.data_location.unwrap_or(DataLocation::DEFAULT) != DataLocation::DEFAULT
        };
        if tensors.values().any(elsewhere) {
            return None;
        }
        let results = proto.output.iter();
        let results = results.filter_map(|output| output.name.as_deref());
        Some(Self {
            results: results.collect(),
            proto,
            tensors,
            constants,
            readers,
            makers,
        })
    }

    pub(super) fn is_constant(&self, name: &str) -> bool {
        self.constants.contains(name)
    }

    /// Every operator there are loops for, in the order of the graph.
    pub(super) fn own(&self) -> Vec<Found> {
        let all = 0..self.proto.node.len();
        all.filter_map(|at| self.own_at(at)).collect()
    }

    fn own_at(&self, at: usize) -> Option<Found> {
        let node = &self.proto.node[at];
        let (Some(input), [output]) = (node.input.first(), &node.output[..]) else {
            return None;
        };
        if self.is_constant(input) {
            return None;
        }
        let operator = match op(node) {
            "Conv" => return self.convolution(at, input, output),
            "Resize" => Operator::Enlargement(self.enlargement(node)?),
            "MaxPool" => Operator::Pool(pool(node)?),
            _ => return None,
        };
        Some(Found {
            operator,
            nodes: vec![at],
            inputs: vec![input.clone()],
            output: output.clone(),
        })
    }

    /// Enlarging by whole factors, each pixel repeated.
    fn enlargement(&self, node: &NodeProto) -> Option<Enlargement> {
        let scales = match &node.input[..] {
            [_, _, scales] => scales,
            [_, _, scales, sizes] if sizes.is_empty() => scales,
            _ => return None,
        };
        let says = |name, what| word(node, name) == Some(what);
        let repeats = says("mode", "nearest")
            && says("coordinate_transformation_mode", "asymmetric")
            && says("nearest_mode", "floor")
            && attribute(node, "axes").is_none();
        let [images, channels, down, across] = floats(self.tensors.get(scales.as_str())?)?[..]
        else {
            return None;
        };
        let is_whole = |scale: f32| scale.fract() == 0.0 && (1.0..=64.0).contains(&scale);
        let fits =
            repeats && [images, channels] == [1.0, 1.0] && is_whole(down) && is_whole(across);
        fits.then_some(Enlargement {
            factors: [down as usize, across as usize],
        })
    }

    fn convolution(&self, at: usize, input: &str, output: &'a str) -> Option<Found> {
        let node = &self.proto.node[at];
        let (weights, bias) = match &node.input[..] {
            [_, weights] => (weights, None),
            [_, weights, bias] => (weights, (!bias.is_empty()).then_some(bias)),
            _ => return None,
        };
        let weights = self.tensors.get(weights.as_str())?;
        let [channels, read, rows, columns] = sizes(&weights.dims)?[..] else {
            return None;
        };
        let groups = match attribute(node, "group") {
            Some(group) => usize::try_from(group.i?).ok()?,
            None => 1,
        };
        let reads = match (groups, read) {
            (1, read) => Reads::All(read),
            (groups, 1) if groups == channels => Reads::Own,
            _ => return None,
        };
        let strides = list(node, "strides", [1; 2])?;
        let is_ours = channels > 0
            && list::<2>(node, "dilations", [1; 2])? == [1, 1]
            && list::<2>(node, "kernel_shape", [rows, columns])? == [rows, columns];
        if !is_ours {
            return None;
        }
        let bias = match bias {
            Some(name) => floats(self.tensors.get(name.as_str())?)?,
            None => vec![0.0; channels],
        };
        let spec = ConvolutionSpec {
            reads,
            kernel: [rows, columns],
            strides,
            pads: pads(node, [rows, columns], strides)?,
            weights: floats(weights)?,
            bias,
            is_rectified: false,
        };
        if spec.bias.len() != channels {
            return None;
        }
        let (inputs, mut before) = match reads {
            Reads::All(_) => self.joined(input).unwrap_or_default(),
            Reads::Own => Default::default(),
        };
        let inputs = if inputs.is_empty() {
            vec![input.to_owned()]
        } else {
            inputs
        };
        let mut taken = Taken {
            spec,
            nodes: vec![at],
            output,
        };
        while !taken.spec.is_rectified && self.take_in_next(&mut taken).is_some() {}
        taken.nodes.append(&mut before);
        Some(Found {
            operator: Operator::Convolution(Convolution::new(taken.spec)?),
            nodes: taken.nodes,
            inputs,
            output: taken.output.to_owned(),
        })
    }

    /// The values that are joined along the channels to make one that nothing else reads, and the
    /// operators that do so.
    fn joined(&self, name: &str) -> Option<(Vec<String>, Vec<usize>)> {
        let maker = |name: &str| {
            let has_one_reader = self.readers.get(name).is_some_and(|all| all.len() == 1);
            let at = *self.makers.get(name)?;
            (has_one_reader && !self.results.contains(name)).then(|| (at, &self.proto.node[at]))
        };
        // Copies on the way there are left out as well.
        let through_copies = |mut name: &'a str, nodes: &mut Vec<usize>| {
            while let Some((at, node)) = maker(name)
                && let ("Identity", [from]) = (op(node), &node.input[..])
            {
                nodes.push(at);
                name = from;
            }
            name
        };
        let (name, _) = self.makers.get_key_value(name)?;
        let mut nodes = Vec::new();
        let (at, node) = maker(through_copies(name, &mut nodes))?;
        let is_by_channel = attribute(node, "axis").and_then(|axis| axis.i) == Some(1);
        let is_constant = node.input.iter().any(|name| self.is_constant(name));
        if op(node) != "Concat" || !is_by_channel || is_constant {
            return None;
        }
        nodes.push(at);
        let inputs = node.input.iter();
        let inputs = inputs.map(|name| through_copies(name, &mut nodes).to_owned());
        Some((inputs.collect(), nodes))
    }

    /// Takes in the only reader of the output so far, if it scales and shifts channels.
    fn take_in_next(&self, taken: &mut Taken<'a>) -> Option<()> {
        let [at] = self.readers.get(taken.output)?[..] else {
            return None;
        };
        let node = &self.proto.node[at];
        let [output] = &node.output[..] else {
            return None;
        };
        if self.results.contains(taken.output) {
            return None;
        }
        let channels = taken.spec.bias.len();
        let other = || {
            let name = node.input.iter().find(|name| *name != taken.output)?;
            self.by_channel(name, channels)
        };
        match op(node) {
            "Identity" => {}
            "Relu" => taken.spec.is_rectified = true,
            "Add" => taken.shift(&other()?),
            "Mul" => taken.scale(&other()?),
            "BatchNormalization" => {
                let [input, scale, shift, mean, variance] = &node.input[..] else {
                    return None;
                };
                if input != taken.output {
                    return None;
                }
                let of = |name| {
                    floats(self.tensors.get(String::as_str(name))?)
                        .filter(|numbers| numbers.len() == channels)
                };
                let (scale, shift, mean) = (of(scale)?, of(shift)?, of(mean)?);
                let epsilon = attribute(node, "epsilon").and_then(|e| e.f).unwrap_or(1e-5);
                let variance = of(variance)?.into_iter();
                let scale: Vec<f32> = variance
                    .zip(scale)
                    .map(|(variance, scale)| scale / (variance + epsilon).sqrt())
                    .collect();
                let mean: Vec<f32> = mean.into_iter().map(|mean| -mean).collect();
                taken.shift(&mean);
                taken.scale(&scale);
                taken.shift(&shift);
            }
            _ => return None,
        }
        taken.nodes.push(at);
        taken.output = output;
        Some(())
    }

    /// The numbers of a constant that is the same all over a channel.
    fn by_channel(&self, name: &str, channels: usize) -> Option<Vec<f32>> {
        let tensor = self.tensors.get(name)?;
        let shape = sizes(&tensor.dims)?;
        let numbers = floats(tensor)?;
        if shape.len() > 4 {
            return None;
        }
        if let [number] = numbers[..] {
            return Some(vec![number; channels]);
        }
        let is_by_channel = matches!(shape[..], [c, 1, 1] | [1, c, 1, 1] if c == channels);
        is_by_channel.then_some(numbers)
    }
}

/// A convolution while the operators behind it are taken in.
struct Taken<'a> {
    spec: ConvolutionSpec,
    nodes: Vec<usize>,
    output: &'a str,
}

impl Taken<'_> {
    fn shift(&mut self, by: &[f32]) {
        for (bias, by) in self.spec.bias.iter_mut().zip(by) {
            *bias += by;
        }
    }

    fn scale(&mut self, by: &[f32]) {
        let size = self.spec.weights.len() / self.spec.bias.len();
        for (bias, by) in self.spec.bias.iter_mut().zip(by) {
            *bias *= by;
        }
        for (kernel, by) in self.spec.weights.chunks_exact_mut(size).zip(by) {
            kernel.iter_mut().for_each(|weight| *weight *= by);
        }
    }
}

/// The kind of an operator; those of other domains than ONNX's own have none here.
pub(super) fn op(node: &NodeProto) -> &str {
    match node.domain.as_deref() {
        None | Some("" | "ai.onnx") => node.op_type.as_deref().unwrap_or_default(),
        Some(_) => "",
    }
}

/// The names that are given: an empty one stands for an input or output that is left out.
pub(super) fn names(names: &[String]) -> impl Iterator<Item = &str> {
    names
        .iter()
        .map(String::as_str)
        .filter(|name| !name.is_empty())
}

/// The largest value of a window that moves pixel by pixel.
fn pool(node: &NodeProto) -> Option<Pool> {
    let zero = |name| attribute(node, name).and_then(|a| a.i).unwrap_or(0) == 0;
    let window = list::<2>(node, "kernel_shape", [0; 2])?;
    let is_ours = list::<2>(node, "strides", [1; 2])? == [1, 1]
        && list::<2>(node, "dilations", [1; 2])? == [1, 1]
        && zero("ceil_mode")
        && zero("storage_order");
    if !is_ours {
        return None;
    }
    Pool::new(window, pads(node, window, [1, 1])?)
}

fn is_random(node: &NodeProto) -> bool {
    let op = op(node);
    op.starts_with("Random") || matches!(op, "Bernoulli" | "Dropout" | "Multinomial")
}

fn attribute<'n>(node: &'n NodeProto, name: &str) -> Option<&'n AttributeProto> {
    let mut attributes = node.attribute.iter();
    attributes.find(|attribute| attribute.name.as_deref() == Some(name))
}

fn word<'n>(node: &'n NodeProto, name: &str) -> Option<&'n str> {
    attribute(node, name)?.s.as_deref()
}

/// Rows and columns around the image: above, left, below, right. `None` where they depend
/// on its size.
fn pads(node: &NodeProto, kernel: [usize; 2], strides: [usize; 2]) -> Option<[usize; 4]> {
    let kind = word(node, "auto_pad");
    let [rows, columns] = kernel.map(|side| side.saturating_sub(1));
    let is_upper = match kind.unwrap_or_default() {
        "" | "NOTSET" => return list(node, "pads", [0; 4]),
        "VALID" => return Some([0; 4]),
        "SAME_UPPER" if strides == [1, 1] => true,
        "SAME_LOWER" if strides == [1, 1] => false,
        _ => return None,
    };
    // An odd number of zeros has one more at the end, or at the beginning.
    let before = |all: usize| if is_upper { all / 2 } else { all.div_ceil(2) };
    let (top, left) = (before(rows), before(columns));
    Some([top, left, rows - top, columns - left])
}

/// A list of sizes; `otherwise` where it is left out, `None` where it is another.
fn list<const N: usize>(node: &NodeProto, name: &str, otherwise: [usize; N]) -> Option<[usize; N]> {
    match attribute(node, name) {
        None => Some(otherwise),
        Some(list) => sizes(&list.ints)?.try_into().ok(),
    }
}

fn sizes(sizes: &[i64]) -> Option<Vec<usize>> {
    sizes
        .iter()
        .map(|size| usize::try_from(*size).ok())
        .collect()
}

/// A tensor's numbers, if they are `f32` and as many as its shape says.
fn floats(tensor: &TensorProto) -> Option<Vec<f32>> {
    if tensor.data_type != Some(DataType::FLOAT) {
        return None;
    }
    let numbers = match &tensor.raw_data {
        Some(raw) => {
            let raw = raw.borrow();
            let (numbers, rest) = raw.as_chunks::<4>();
            if !rest.is_empty() {
                return None;
            }
            numbers
                .iter()
                .map(|bytes| f32::from_le_bytes(*bytes))
                .collect()
        }
        None => tensor.float_data.clone(),
    };
    let expected = sizes(&tensor.dims)?
        .into_iter()
        .try_fold(1_usize, usize::checked_mul)?;
    (numbers.len() == expected).then_some(numbers)
}
