//! What the options of a worker say about each other.

use super::Worker;
use super::check::Checker;
use super::origin::Places;
use super::validate::{report, variables};

/// Checks a worker whose values are right each for itself.
pub(super) fn validate(name: &str, worker: &Worker, places: &Places, checker: &mut Checker<'_>) {
    let given: Vec<&str> = [
        ("command", worker.command.is_some()),
        ("ready", worker.ready.is_some()),
        ("callable", worker.callable.is_some()),
    ]
    .into_iter()
    .filter_map(|(key, is_given)| is_given.then_some(key))
    .collect();
    let mut problem = |key: &str, message: String, hint: &str| {
        let hint = Some(hint.to_owned());
        report(places, checker, &["backends", name, key], message, hint);
    };
    match given.as_slice() {
        [] => problem(
            "kind",
            "a worker needs `command`, `ready` or `callable`".to_owned(),
            "write for example `ready = \"rapidocr\"`",
        ),
        [_] => {}
        [first, second, ..] => problem(
            second,
            format!("`{first}` and `{second}` do not go together"),
            "keep the one that is meant",
        ),
    }
    if given == ["command"] && worker.python.is_some() {
        problem(
            "python",
            "`python` does not go together with `command`".to_owned(),
            "name the Python as the first word of `command`",
        );
    }
    if let Some(callable) = &worker.callable
        && !is_address(callable)
    {
        problem(
            "callable",
            format!("`{callable}` does not name a callable"),
            "write `package.module:name`",
        );
    }
    variables(&worker.env, &["backends", name, "env"], places, checker);
}

/// Whether a text is names joined by dots, a colon, and names joined by dots.
fn is_address(text: &str) -> bool {
    let is_path = |path: &str| path.split('.').all(|name| !name.trim().is_empty());
    text.split_once(':')
        .is_some_and(|(module, name)| is_path(module) && is_path(name) && !name.contains(':'))
}
