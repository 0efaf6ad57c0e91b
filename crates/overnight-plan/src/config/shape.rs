//! What the value of an option may be.

/// One option: a key with everything that is said about it anywhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opt {
    /// Its key.
    pub(super) key: &'static str,
    /// What it is for, in one or two sentences.
    pub(super) doc: &'static str,
    /// What its value may be.
    pub(super) shape: Shape,
    /// Whether its table is wrong without it.
    pub(super) required: bool,
    /// Another key that will do when a required one is left out.
    pub(super) alternative: Option<&'static str>,
    /// The value it has when left out, as TOML; `None` when it is then absent.
    pub(super) default: Option<&'static str>,
    /// A value to show, as TOML; needed where there is no default, except for tables.
    pub(super) example: Option<&'static str>,
}

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// Text.
    Text(Text),
    /// A whole number in a range, both ends included.
    Integer(i64, i64),
    /// A number from this one up.
    Number(f64),
    /// `true` or `false`.
    Flag,
    /// Any number of values.
    List(&'static Shape),
    /// Program and arguments as a list of text; at least the program.
    Words,
    /// A command: one line, or program and arguments.
    Command,
    /// What an agent is asked to do: text, or `true`.
    Instruction,
    /// A table of anything that JSON can hold, for somebody else to judge.
    Free,
    /// A table of options.
    Table(&'static [Opt]),
    /// Values under names of the user's choice.
    Map(&'static Map),
    /// A table whose `kind` decides about its other options.
    Kinds(&'static [Kind]),
}

/// Values under names of the user's choice.
#[derive(Debug)]
pub(super) struct Map {
    /// What a name must be.
    pub(super) name: Text,
    /// Names in the example; one for each kind when the values are [`Shape::Kinds`].
    pub(super) samples: &'static [&'static str],
    /// What each value is.
    pub(super) value: Shape,
}

/// One value of `kind` with the options it brings.
#[derive(Debug)]
pub(super) struct Kind {
    /// The value of `kind`.
    pub(super) name: &'static str,
    /// What it is.
    pub(super) doc: &'static str,
    /// The other options of the table.
    pub(super) options: &'static [Opt],
}

/// What a text may be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Text {
    /// Anything.
    Any,
    /// One line with something in it.
    Line,
    /// A file or folder anywhere.
    Path,
    /// A file or folder inside the project.
    Inside,
    /// A span of time.
    Duration,
    /// An amount of memory or disk.
    Size,
    /// A class of failure.
    FailureClass,
    /// An IANA time zone.
    Zone,
    /// A name that can be a part of a file name.
    Name,
    /// The address of a step.
    Step,
    /// The address of a phase, a task or a step.
    Address,
    /// One of these.
    OneOf(&'static [&'static str]),
}

impl Opt {
    /// An option that may be left out and is then absent.
    pub(super) const fn new(key: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self {
            key,
            doc,
            shape,
            required: false,
            alternative: None,
            default: None,
            example: None,
        }
    }

    /// The same with a default.
    pub(super) const fn or(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// The same with a value to show.
    pub(super) const fn such_as(mut self, example: &'static str) -> Self {
        self.example = Some(example);
        self
    }

    /// The same, not to be left out.
    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same, not to be left out together with another option.
    pub(super) const fn required_without(mut self, other: &'static str) -> Self {
        self.alternative = Some(other);
        self.required()
    }
}
