use std::path::PathBuf;

use overnight_testkit::skip;
use rten_onnx::onnx::{
    AttributeProto, AttributeType, DataLocation, DataType, GraphProto, ModelProto, NodeProto,
    OperatorSetIdProto, StringStringEntryProto, TensorProto, TypeProto, TypeProtoTensor,
    ValueInfoProto,
};

use super::*;

#[test]
fn the_label_is_the_version_in_the_lock_file() {
    let lock = include_str!("../../../../../Cargo.lock");
    let label = LABEL.strip_suffix(" + convolutions").unwrap();
    let version = label.strip_prefix("rten ").unwrap();
    assert!(lock.contains(&format!("name = \"rten\"\nversion = \"{version}\"")));
}

/// The values of an image that mean nothing.
fn noise([height, width]: [usize; 2]) -> Vec<f32> {
    let n = u32::try_from(3 * height * width).unwrap();
    let number = |i: u32| (i.wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 23) as f32 - 1.0;
    (0..n).map(number).collect()
}

/// A part of an example receipt, from the corner given on, dark print on white in [-1, 1].
fn print([top, left]: [usize; 2], [height, width]: [usize; 2]) -> Vec<f32> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = folder.join("../../examples/receipts/data/receipts/img/en-12.jpg");
    let limits = overnight_image::Limits::default();
    let image = overnight_image::decode(&std::fs::read(file).unwrap(), &limits).unwrap();
    let image = image.image;
    let pixel = |channel: usize, at: usize| {
        let x = u32::try_from(left + at % width)
            .unwrap()
            .min(image.width() - 1);
        let y = u32::try_from(top + at / width)
            .unwrap()
            .min(image.height() - 1);
        f32::from(image.get_pixel(x, y)[channel]) / 127.5 - 1.0
    };
    let channels = (0..3).flat_map(|channel| (0..height * width).map(move |at| (channel, at)));
    channels.map(|(channel, at)| pixel(channel, at)).collect()
}

/// What a network makes of an image: whole, and cut by one thread and by three. The largest value.
fn check(whole: &Model, chain: &Chain, data: &[f32], sides: [usize; 2], name: &str) -> f32 {
    let [height, width] = sides;
    let image = || NdTensorView::from_data([1, 3, height, width], data);
    let expected: Tensor<f32> = whole
        .run_one(image().into(), None)
        .unwrap()
        .try_into()
        .unwrap();
    let largest = expected.iter().copied().map(f32::abs).fold(0.0, f32::max);
    for threads in [1, 3] {
        let pool = Arc::new(ThreadPool::with_num_threads(threads));
        let ours: Tensor<f32> = chain.run(image(), &pool).unwrap().try_into().unwrap();
        assert_eq!(ours.shape(), expected.shape(), "{name}");
        for (ours, expected) in ours.iter().zip(expected.iter()) {
            let differ = (ours - expected).abs();
            assert!(
                differ <= 1e-4 * largest,
                "{name}, {height} x {width}: {ours} for {expected}"
            );
        }
    }
    largest
}

#[test]
fn the_networks_in_the_store_give_the_same_cut_as_whole() {
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    let cache = std::env::var_os("XDG_CACHE_HOME").map_or(home.join(".cache"), PathBuf::from);
    let store = std::env::var_os("OVERNIGHT_MODELS");
    let store = store.map_or(cache.join("overnight/models"), PathBuf::from);
    let models = std::fs::read_dir(store).into_iter().flatten().flatten();
    let files = models.flat_map(|model| std::fs::read_dir(model.path()).into_iter().flatten());
    let networks = files.flatten().map(|file| file.path());
    let networks = networks.filter(|path| path.extension().is_some_and(|kind| kind == "onnx"));
    let networks: Vec<PathBuf> = networks.collect();
    if networks.is_empty() {
        skip(
            "the_networks_in_the_store_give_the_same_cut_as_whole",
            "models in the store",
        );
    }
    for path in networks {
        let name = path.display().to_string();
        let bytes = std::fs::read(&path).unwrap();
        let Some(chain) = cut::cut(&bytes) else {
            panic!("{name} is left whole");
        };
        let whole = Model::load(bytes).unwrap();
        assert_eq!(
            chain.metadata("character"),
            whole.metadata().get("character"),
            "{name}"
        );
        let file = path.file_name().unwrap().to_string_lossy();
        let shapes = if file.contains("det") {
            [[64, 64], [480, 352]]
        } else if file.contains("cls") {
            [[48, 192], [48, 192]]
        } else {
            [[48, 64], [48, 320]]
        };
        for sides in shapes {
            check(&whole, &chain, &noise(sides), sides, &name);
        }
        let [_, sides] = shapes;
        let largest = check(&whole, &chain, &print([0, 0], sides), sides, &name);
        // A detector that finds nothing would agree about nothing.
        assert!(largest > 0.3, "{name}: {largest}");
    }
}

fn floats(name: &str, dims: &[i64]) -> TensorProto {
    let n = u32::try_from(dims.iter().product::<i64>()).unwrap();
    let number = |i: u32| (i.wrapping_mul(2_246_822_519) >> 8) as f32 / (1 << 24) as f32 - 0.4;
    TensorProto {
        name: Some(name.to_owned()),
        dims: dims.to_vec(),
        data_type: Some(DataType::FLOAT),
        float_data: (0..n).map(number).collect(),
        ..TensorProto::default()
    }
}

fn value(name: &str) -> ValueInfoProto {
    ValueInfoProto {
        name: Some(name.to_owned()),
        r#type: Some(TypeProto {
            tensor_type: Some(TypeProtoTensor {
                elem_type: Some(DataType::FLOAT),
                shape: None,
            }),
            sequence: None,
        }),
    }
}

fn node(op: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: Some(op.to_owned()),
        name: Some(format!("{op}.{output}")),
        input: inputs.iter().map(|name| (*name).to_owned()).collect(),
        output: vec![output.to_owned()],
        ..NodeProto::default()
    }
}

fn attribute(name: &str) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        ..AttributeProto::default()
    }
}

fn convolution(inputs: &[&str], output: &str, group: i64, stride: i64, pad: i64) -> NodeProto {
    let ints = |name, ints| AttributeProto {
        r#type: Some(AttributeType::INTS),
        ints,
        ..attribute(name)
    };
    NodeProto {
        attribute: vec![
            AttributeProto {
                r#type: Some(AttributeType::INT),
                i: Some(group),
                ..attribute("group")
            },
            ints("strides", vec![stride; 2]),
            ints("pads", vec![pad; 4]),
            // rten does not know that these may be left out.
            ints("dilations", vec![1; 2]),
        ],
        ..node("Conv", inputs, output)
    }
}

fn concat(inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        attribute: vec![AttributeProto {
            r#type: Some(AttributeType::INT),
            i: Some(1),
            ..attribute("axis")
        }],
        ..node("Concat", inputs, output)
    }
}

/// A network with what the real ones have: a first convolution of all channels, depthwise ones
/// with a bias as an operator of its own or normalised, channels that are joined, a value that
/// crosses a cut, weights that two parts share, a constant that is an operator.
fn network() -> ModelProto {
    let constant = NodeProto {
        attribute: vec![AttributeProto {
            r#type: Some(AttributeType::TENSOR),
            t: Some(floats("", &[1, 8, 1, 1])),
            ..attribute("value")
        }],
        ..node("Constant", &[], "constant")
    };
    let graph = GraphProto {
        node: vec![
            convolution(&["x", "first"], "a", 1, 2, 1),
            node("Add", &["a", "shift"], "b"),
            node("Identity", &["b"], "c"),
            node("Relu", &["c"], "d"),
            convolution(&["d", "own.0", "bias"], "e", 8, 1, 1),
            node("Relu", &["e"], "f"),
            constant,
            node("Mul", &["f", "constant"], "g"),
            node("Sigmoid", &["g"], "g.0"),
            node("Identity", &["d"], "d.0"),
            concat(&["g.0", "d.0"], "both"),
            node("Identity", &["both"], "both.0"),
            convolution(&["both.0", "joined"], "h", 1, 1, 1),
            convolution(&["h", "own.1"], "i", 8, 1, 1),
            node(
                "BatchNormalization",
                &["i", "bias", "ones", "mean", "ones"],
                "j",
            ),
            node("Add", &["d", "j"], "k"),
            convolution(&["k", "point"], "l", 1, 1, 0),
            node("Add", &["l", "shift"], "m"),
            convolution(&["m", "own.0"], "n", 8, 2, 1),
            node("Mul", &["n", "shift"], "o"),
            node("Mul", &["o", "constant"], "p"),
            node("HardSigmoid", &["p"], "y"),
        ],
        initializer: vec![
            floats("first", &[8, 3, 3, 3]),
            floats("shift", &[1, 8, 1, 1]),
            floats("joined", &[8, 16, 3, 3]),
            floats("own.0", &[8, 1, 3, 3]),
            floats("own.1", &[8, 1, 3, 3]),
            floats("point", &[8, 8, 1, 1]),
            floats("bias", &[8]),
            floats("mean", &[8]),
            TensorProto {
                float_data: vec![1.0; 8],
                ..floats("ones", &[8])
            },
        ],
        input: vec![value("x")],
        output: vec![value("y")],
        value_info: vec![value("h")],
    };
    ModelProto {
        ir_version: Some(8),
        graph: Some(graph),
        opset_import: vec![OperatorSetIdProto {
            domain: Some(String::new()),
            version: Some(14),
        }],
        metadata_props: vec![StringStringEntryProto {
            key: Some("character".to_owned()),
            value: Some("a\nb".to_owned()),
        }],
        ..ModelProto::default()
    }
}

fn bytes(change: impl FnOnce(&mut GraphProto)) -> Vec<u8> {
    let mut model = network();
    change(model.graph.as_mut().unwrap());
    model.write_buf().unwrap()
}

#[test]
fn a_small_network_gives_the_same_cut_as_whole() {
    let ends_in_a_convolution = |graph: &mut GraphProto| graph.output = vec![value("n")];
    let begins_with_one = |graph: &mut GraphProto| graph.input.push(value("first"));
    for bytes in [
        bytes(|_| {}),
        bytes(ends_in_a_convolution),
        // Old files list weights among the inputs.
        bytes(begins_with_one),
    ] {
        let chain = cut::cut(&bytes).expect("a network that can be cut");
        assert_eq!(chain.metadata("character"), Some("a\nb"));
        assert_eq!(chain.metadata("other"), None);
        let whole = Model::load(bytes).unwrap();
        for shape in [[8, 8], [31, 45], [64, 200]] {
            check(&whole, &chain, &noise(shape), shape, "a small network");
        }
    }
}

#[test]
fn what_is_not_understood_is_left_whole() {
    let node_at = |graph: &mut GraphProto, output: &str| -> usize {
        let mut nodes = graph.node.iter();
        nodes.position(|node| node.output[0] == output).unwrap()
    };
    let unordered = bytes(|graph| graph.node.swap(0, 1));
    let random = bytes(|graph| {
        let at = node_at(graph, "f");
        graph.node[at].op_type = Some("Dropout".to_owned());
    });
    let nested = bytes(|graph| {
        graph.node[0].attribute.push(AttributeProto {
            r#type: Some(AttributeType::GRAPH),
            g: Some(GraphProto::default()),
            ..attribute("body")
        });
    });
    let elsewhere = bytes(|graph| {
        graph.initializer[0].data_location = Some(DataLocation::EXTERNAL);
    });
    let two_inputs = bytes(|graph| graph.input.push(value("z")));
    let two_outputs = bytes(|graph| graph.output.push(value("k")));
    let unknown = bytes(|graph| {
        let at = node_at(graph, "g");
        graph.node[at].op_type = Some("Unheard".to_owned());
    });
    let dynamic = bytes(|graph| {
        // Weights that are computed, or of half precision.
        graph.initializer.retain(|tensor| {
            !matches!(
                tensor.name.as_deref(),
                Some("own.0" | "own.1" | "first" | "joined")
            )
        });
        for name in ["own.0", "own.1", "first", "joined"] {
            graph.node.insert(0, node("Identity", &["x"], name));
        }
    });
    for (bytes, why) in [
        (unordered, "unordered"),
        (random, "random"),
        (nested, "nested"),
        (elsewhere, "elsewhere"),
        (two_inputs, "two inputs"),
        (two_outputs, "two outputs"),
        (unknown, "unknown operator"),
        (dynamic, "dynamic weights"),
        (b"no network".to_vec(), "no network"),
        (Vec::new(), "nothing"),
    ] {
        assert!(cut::cut(&bytes).is_none(), "{why}");
    }
}

#[test]
fn a_session_runs_the_cut_network_and_knows_the_metadata() {
    let runtime = Rten::new(2);
    let session = runtime.load(bytes(|_| {})).unwrap();
    assert_eq!(session.metadata("character").as_deref(), Some("a\nb"));
    let data = vec![0.5; 2 * 3 * 20 * 30];
    let input = Input {
        shape: [2, 3, 20, 30],
        data: &data,
    };
    let mut shapes = Vec::new();
    for lane in [Lane::One(1), Lane::All] {
        let mut read = |shape: &[usize], values: &[f32]| {
            assert_eq!(values.len(), shape.iter().product::<usize>());
            shapes.push(shape.to_vec());
        };
        session.run(input, lane, &mut read).unwrap();
    }
    assert_eq!(shapes, [[2, 8, 5, 8]; 2].map(Vec::from));
    assert!(runtime.load(b"no network".to_vec()).is_err());
}
