//! Cutting a network at the operators that are computed outside of rten.
//!
//! rten takes no operators from outside, but it loads any network. So the graph is cut where
//! such an operator stands: what lies between two of them becomes a network of its own, and
//! values that are needed across a cut are its inputs and outputs. A network that cannot be cut
//! safely is left whole.

use std::collections::{BTreeSet, HashMap};

use ::rten::Model;
use rten_onnx::onnx::{GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto};

use super::chain::{Chain, Part, Step};
use super::graph::{Found, Graph, names};

/// Cuts a network and loads its parts. `None` when it is better loaded whole: because there is
/// nothing to cut, or because it is not the kind of graph this understands.
pub(super) fn cut(bytes: &[u8]) -> Option<Chain> {
    let mut model = ModelProto::parse_buf(bytes).ok()?;
    let proto = model.graph.take()?;
    let graph = Graph::of(&proto)?;
    let found = graph.own();
    if found.is_empty() {
        return None;
    }
    let plan = Plan::of(&graph, found)?;
    let metadata = std::mem::take(&mut model.metadata_props);
    let metadata = metadata
        .into_iter()
        .filter_map(|entry| Some((entry.key?, entry.value?)))
        .collect();
    let steps = plan.load(&model, proto)?;
    Chain::new(steps.steps, steps.slots, steps.result, metadata)
}

/// One stretch of the graph.
enum Piece {
    /// Operators for rten, by their places in the graph.
    Operators {
        nodes: Vec<usize>,
        inputs: Vec<String>,
        outputs: Vec<String>,
        /// The weights and constant operators these need.
        constants: Constants,
    },
    Own(Found),
}

#[derive(Default)]
struct Constants {
    initialisers: BTreeSet<usize>,
    nodes: BTreeSet<usize>,
}

struct Plan {
    pieces: Vec<Piece>,
    input: String,
    result: String,
}

struct Loaded {
    steps: Vec<Step>,
    slots: usize,
    result: usize,
}

impl Plan {
    fn of(graph: &Graph<'_>, found: Vec<Found>) -> Option<Self> {
        let proto = graph.proto;
        let mut inputs = proto.input.iter().filter_map(|input| input.name.as_deref());
        let input = inputs.find(|name| !graph.is_constant(name))?;
        if inputs.any(|name| !graph.is_constant(name)) {
            return None;
        }
        let [result] = &proto.output[..] else {
            return None;
        };
        let result = result
            .name
            .clone()
            .filter(|name| !graph.is_constant(name))?;
        let mut plan = Self {
            pieces: Vec::new(),
            input: input.to_owned(),
            result,
        };
        plan.lay_out(graph, found);
        plan.connect(graph);
        Some(plan)
    }

    /// Distributes the operators: everything up to one of ours, that one, and so on.
    fn lay_out(&mut self, graph: &Graph<'_>, found: Vec<Found>) {
        let taken: BTreeSet<usize> = found.iter().flat_map(|found| found.nodes.clone()).collect();
        let mut found: HashMap<usize, Found> = found
            .into_iter()
            .map(|found| (found.nodes[0], found))
            .collect();
        let mut stretch = Vec::new();
        for (at, node) in graph.proto.node.iter().enumerate() {
            if let Some(found) = found.remove(&at) {
                self.close(&mut stretch);
                self.pieces.push(Piece::Own(found));
            } else if !taken.contains(&at) && !is_constant(graph, node) {
                stretch.push(at);
            }
        }
        self.close(&mut stretch);
    }

    fn close(&mut self, stretch: &mut Vec<usize>) {
        if !stretch.is_empty() {
            self.pieces.push(Piece::Operators {
                nodes: std::mem::take(stretch),
                inputs: Vec::new(),
                outputs: Vec::new(),
                constants: Constants::default(),
            });
        }
    }

    /// Finds what each stretch reads from before it and what is read of it later.
    fn connect(&mut self, graph: &Graph<'_>) {
        let proto = graph.proto;
        let made_by = constant_makers(proto);
        let mut read_later = BTreeSet::from([self.result.clone()]);
        for piece in self.pieces.iter_mut().rev() {
            match piece {
                Piece::Own(found) => {
                    read_later.remove(&found.output);
                    read_later.extend(found.inputs.iter().cloned());
                }
                Piece::Operators {
                    nodes,
                    inputs,
                    outputs,
                    constants,
                } => {
                    let operators = || nodes.iter().map(|at| &proto.node[*at]);
                    let made: BTreeSet<&str> =
                        operators().flat_map(|node| names(&node.output)).collect();
                    let mut read = BTreeSet::new();
                    for name in operators().flat_map(|node| names(&node.input)) {
                        if graph.is_constant(name) {
                            constants.collect(proto, &made_by, name);
                        } else if !made.contains(name) {
                            read.insert(name.to_owned());
                        }
                    }
                    let made_and_read = read_later
                        .iter()
                        .filter(|name| made.contains(name.as_str()));
                    *outputs = made_and_read.cloned().collect();
                    for output in &*outputs {
                        read_later.remove(output);
                    }
                    read_later.extend(read.iter().cloned());
                    *inputs = read.into_iter().collect();
                }
            }
        }
        // What nothing reads needs no computing.
        self.pieces.retain(
            |piece| !matches!(piece, Piece::Operators { outputs, .. } if outputs.is_empty()),
        );
    }

    /// Loads each stretch. The weights move from the graph into the first network that is made
    /// of them, so that they are not held twice for the whole of it.
    fn load(self, model: &ModelProto, proto: GraphProto) -> Option<Loaded> {
        let mut slots = Slots::default();
        slots.of(&self.input);
        let mut stock = Stock::of(proto, &self.pieces);
        let mut steps = Vec::new();
        for piece in self.pieces {
            steps.push(match piece {
                Piece::Own(found) => Step::Own {
                    operator: found.operator,
                    inputs: found.inputs.iter().map(|name| slots.of(name)).collect(),
                    output: slots.of(&found.output),
                },
                Piece::Operators {
                    nodes,
                    inputs,
                    outputs,
                    constants,
                } => {
                    let graph = stock.graph(&nodes, &inputs, &outputs, &constants)?;
                    let part = ModelProto {
                        ir_version: model.ir_version,
                        graph: Some(graph),
                        opset_import: model.opset_import.clone(),
                        ..ModelProto::default()
                    };
                    let bytes = part.write_buf().ok()?;
                    drop(part);
                    let model = Model::load(bytes).ok()?;
                    let mut nodes = |names: &[String]| -> Option<Vec<_>> {
                        let node =
                            |name: &String| Some((model.node_id(name).ok()?, slots.of(name)));
                        names.iter().map(node).collect()
                    };
                    let (inputs, outputs) = (nodes(&inputs)?, nodes(&outputs)?);
                    Step::Part(Box::new(Part::new(model, inputs, outputs)))
                }
            });
        }
        let result = slots.of(&self.result);
        Some(Loaded {
            steps,
            slots: slots.0.len(),
            result,
        })
    }
}

fn is_constant(graph: &Graph<'_>, node: &NodeProto) -> bool {
    names(&node.output)
        .next()
        .is_some_and(|name| graph.is_constant(name))
}

/// Where the weights and the outputs of constant operators come from.
enum Maker {
    Initialiser(usize),
    Node(usize),
}

fn constant_makers(proto: &GraphProto) -> HashMap<&str, Maker> {
    let initialisers = proto.initializer.iter().enumerate();
    let initialisers = initialisers
        .filter_map(|(at, tensor)| Some((tensor.name.as_deref()?, Maker::Initialiser(at))));
    let nodes = proto.node.iter().enumerate();
    let nodes =
        nodes.flat_map(|(at, node)| names(&node.output).map(move |name| (name, Maker::Node(at))));
    nodes.chain(initialisers).collect()
}

impl Constants {
    fn collect(&mut self, proto: &GraphProto, made_by: &HashMap<&str, Maker>, name: &str) {
        match made_by.get(name) {
            Some(Maker::Initialiser(at)) => {
                self.initialisers.insert(*at);
            }
            Some(Maker::Node(at)) if self.nodes.insert(*at) => {
                for name in names(&proto.node[*at].input) {
                    self.collect(proto, made_by, name);
                }
            }
            Some(Maker::Node(_)) | None => {}
        }
    }
}

/// Numbers the values that cross a cut.
#[derive(Default)]
struct Slots(HashMap<String, usize>);

impl Slots {
    fn of(&mut self, name: &str) -> usize {
        let next = self.0.len();
        *self.0.entry(name.to_owned()).or_insert(next)
    }
}

/// What is left of a graph while its parts are taken out.
struct Stock {
    nodes: Vec<Counted<NodeProto>>,
    initialisers: Vec<Counted<TensorProto>>,
    values: HashMap<String, ValueInfoProto>,
}

/// Something with the number of parts that still need it.
struct Counted<T>(Option<T>, usize);

impl<T: Clone> Counted<T> {
    fn take(&mut self) -> Option<T> {
        self.1 = self.1.saturating_sub(1);
        if self.1 == 0 {
            self.0.take()
        } else {
            self.0.clone()
        }
    }
}

impl Stock {
    fn of(proto: GraphProto, pieces: &[Piece]) -> Self {
        let counted = |node| Counted(Some(node), 0);
        let mut nodes: Vec<_> = proto.node.into_iter().map(counted).collect();
        let counted = |tensor| Counted(Some(tensor), 0);
        let mut initialisers: Vec<_> = proto.initializer.into_iter().map(counted).collect();
        for piece in pieces {
            if let Piece::Operators {
                nodes: own,
                constants,
                ..
            } = piece
            {
                let own = own.iter().chain(&constants.nodes);
                own.for_each(|at| nodes[*at].1 += 1);
                let own = constants.initialisers.iter();
                own.for_each(|at| initialisers[*at].1 += 1);
            }
        }
        // Weights that only operators taken out needed.
        for unused in initialisers.iter_mut().filter(|counted| counted.1 == 0) {
            unused.0 = None;
        }
        let values = proto.value_info.into_iter();
        let values = values.chain(proto.input).chain(proto.output);
        let named = values.filter_map(|value| Some((value.name.clone()?, value)));
        Self {
            nodes,
            initialisers,
            values: named.collect(),
        }
    }

    fn graph(
        &mut self,
        nodes: &[usize],
        inputs: &[String],
        outputs: &[String],
        constants: &Constants,
    ) -> Option<GraphProto> {
        // Constant operators depend on nothing else, so they may all come first.
        let all = constants.nodes.iter().chain(nodes);
        let node: Option<Vec<_>> = all.map(|at| self.nodes[*at].take()).collect();
        let own = constants.initialisers.iter();
        let initializer: Option<Vec<_>> = own.map(|at| self.initialisers[*at].take()).collect();
        let node = node?;
        let inside = node.iter().flat_map(|node| names(&node.output));
        let inside = inside.filter(|name| !outputs.iter().any(|output| output == name));
        let value_info = inside.filter_map(|name| self.values.get(name).cloned());
        Some(GraphProto {
            value_info: value_info.collect(),
            node,
            initializer: initializer?,
            input: inputs.iter().map(|name| self.input(name)).collect(),
            output: outputs.iter().map(|name| self.value(name)).collect(),
        })
    }

    /// An input without its shape: rten holds inputs to what is said of them, while nothing holds
    /// the inside of a whole network to the shapes that a file states.
    fn input(&self, name: &str) -> ValueInfoProto {
        let mut value = self.value(name);
        if let Some(tensor) = value.r#type.as_mut().and_then(|of| of.tensor_type.as_mut()) {
            tensor.shape = None;
        }
        value
    }

    fn value(&self, name: &str) -> ValueInfoProto {
        let known = self.values.get(name).cloned();
        known.unwrap_or_else(|| ValueInfoProto {
            name: Some(name.to_owned()),
            r#type: None,
        })
    }
}
