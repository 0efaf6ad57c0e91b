//! Checks that every package the workspace can be built with, for the targets that `deny.toml`
//! names, is under a licence that it allows. Both lists live there alone, so that `cargo deny`
//! agrees with us.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

#[derive(Deserialize)]
struct Policy {
    graph: Graph,
    licenses: Licenses,
}

#[derive(Deserialize)]
struct Graph {
    targets: Vec<String>,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

/// What is used of the packages.
#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
}

/// Fails with the list of packages whose licence is not allowed.
pub(crate) fn check(root: &Path) -> anyhow::Result<()> {
    let policy = fs::read_to_string(root.join("deny.toml")).context("failed to read deny.toml")?;
    let policy: Policy = toml::from_str(&policy).context("failed to understand deny.toml")?;
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(
            policy
                .graph
                .targets
                .iter()
                .flat_map(|target| ["--filter-platform", target]),
        )
        .current_dir(root)
        .output()
        .context("failed to run cargo metadata")?;
    ensure!(
        output.status.success(),
        "cargo metadata failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    let metadata: Metadata =
        serde_json::from_slice(&output.stdout).context("failed to read cargo metadata's answer")?;
    let nodes = metadata.resolve.nodes.iter();
    let used: BTreeSet<&str> = nodes.map(|node| node.id.as_str()).collect();
    let packages = metadata.packages.iter();
    let packages: Vec<&Package> = packages.filter(|p| used.contains(p.id.as_str())).collect();
    let refused: Vec<String> = packages
        .iter()
        .filter_map(|package| refusal(package, &policy.licenses.allow))
        .collect();
    if !refused.is_empty() {
        bail!(
            "{} packages are under a licence deny.toml does not allow:\n  {}",
            refused.len(),
            refused.join("\n  ")
        );
    }
    println!("{} packages, all under an allowed licence", packages.len());
    Ok(())
}

/// Why a package is refused; `None` when it is welcome.
fn refusal(package: &Package, allowed: &[String]) -> Option<String> {
    let who = format!("{} {}", package.name, package.version);
    let Some(text) = &package.license else {
        return Some(format!("{who}: names no licence"));
    };
    // Older manifests write `MIT/Apache-2.0`; the lax mode reads that as OR.
    let Ok(expression) = spdx::Expression::parse_mode(text, spdx::ParseMode::LAX) else {
        return Some(format!("{who}: `{text}` is no licence expression"));
    };
    let welcome = expression.evaluate(|wanted| {
        let name = wanted.to_string();
        allowed.contains(&name)
    });
    (!welcome).then(|| format!("{who}: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(license: Option<&str>) -> Option<String> {
        let package = Package {
            id: "it".to_owned(),
            name: "it".to_owned(),
            version: "1.0.0".to_owned(),
            license: license.map(str::to_owned),
        };
        refusal(&package, &["MIT".to_owned(), "Apache-2.0".to_owned()])
    }

    #[test]
    fn one_allowed_choice_is_enough_and_every_required_one_is_needed() {
        assert_eq!(judge(Some("MIT OR GPL-3.0-only")), None);
        assert_eq!(judge(Some("MIT/Apache-2.0")), None);
        assert!(judge(Some("MIT AND GPL-3.0-only")).is_some());
        assert!(judge(Some("our own")).is_some());
        assert!(judge(None).is_some());
    }
}
