use std::process::Command;

use super::*;

fn plain() -> Schedule {
    Schedule {
        name: "overnight-receipts-plan".to_owned(),
        program: "/home/me/.cargo/bin/overnight".into(),
        project: "/home/me/receipts".into(),
        plan: "PLAN.md".to_owned(),
        at: time_of_day("18:00").unwrap(),
        until: Some(time_of_day("07:00").unwrap()),
        days: "mon-fri".parse().unwrap(),
        timezone: "Asia/Seoul".to_owned(),
        path: Some("/home/me/.local/bin:/usr/bin:/bin".to_owned()),
    }
}

/// Everything that has a meaning of its own to somebody on the way.
fn odd() -> Schedule {
    Schedule {
        name: name(
            Path::new("/x/My 100% \"Receipts\""),
            Path::new("a/Plan $1.md"),
        ),
        program: "/opt/over night/o'100%".into(),
        project: "/srv/My 100% \"Receipts\"".into(),
        plan: "plans/it's $HOME; \"100%\" \\ done.md".to_owned(),
        at: time_of_day("22:05").unwrap(),
        until: None,
        days: Days::EVERY,
        timezone: "UTC".to_owned(),
        path: Some("/a b:/c%d".to_owned()),
    }
}

fn shown(written: &Written) -> String {
    let files = written.files.iter();
    let files: Vec<String> = files
        .map(|(name, text)| format!("=== {name}\n{text}"))
        .collect();
    format!("{}=== how\n{}\n", files.concat(), written.how.join("\n"))
}

#[test]
fn units_for_systemd() {
    insta::assert_snapshot!("systemd", shown(&systemd::units(&plain())));
    insta::assert_snapshot!("systemd_odd", shown(&systemd::units(&odd())));
}

#[test]
fn a_line_for_cron() {
    insta::assert_snapshot!("cron", shown(&cron::line(&plain())));
    insta::assert_snapshot!("cron_odd", shown(&cron::line(&odd())));
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    let verifier = Command::new("systemd-analyze").arg("--version").output();
    if !verifier.is_ok_and(|output| output.status.success()) {
        overnight_testkit::skip(
            "systemd_finds_nothing_wrong_with_the_units",
            "systemd-analyze",
        );
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for (folder, mut schedule) in [("plain", plain()), ("odd 100% \"x\"", odd())] {
        // What the units name must exist to be verified.
        let folder = dir.path().join(folder);
        std::fs::create_dir(&folder).unwrap();
        schedule.program = folder.join("over night");
        std::os::unix::fs::symlink("/bin/true", &schedule.program).unwrap();
        schedule.project.clone_from(&folder);
        let units = systemd::units(&schedule);
        let mut paths = Vec::new();
        for (name, text) in &units.files {
            let path = folder.join(name);
            std::fs::write(&path, text).unwrap();
            paths.push(path);
        }
        let output = Command::new("systemd-analyze")
            .args(["--user", "verify"])
            .args(&paths)
            .env("XDG_RUNTIME_DIR", dir.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        let about_ours: Vec<&str> = said
            .lines()
            .filter(|line| line.contains(&schedule.name))
            .collect();
        assert_eq!(about_ours, Vec::<&str>::new());
    }
}

#[test]
fn the_shell_reads_the_line_as_it_was_meant() {
    let dir = tempfile::tempdir().unwrap();
    let mut schedule = odd();
    schedule.project = dir.path().join("My 100% \"Receipts\"");
    std::fs::create_dir(&schedule.project).unwrap();
    schedule.program = dir.path().join("it's 100%");
    std::fs::write(&schedule.program, "#!/bin/sh\nprintf '%s|' \"$@\"\n").unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&schedule.program, executable).unwrap();
    let text = &cron::line(&schedule).files[0].1;
    let line = text.lines().last().unwrap();
    // What cron makes of it: five fields, and percent signs without their backslashes.
    let command = line.splitn(6, ' ').last().unwrap().replace("\\%", "%");
    let status = Command::new("sh").args(["-c", &command]).status().unwrap();
    assert!(status.success());
    let log = std::fs::read_to_string(schedule.project.join(".overnight/schedule.log")).unwrap();
    assert_eq!(log, format!("run|{}|", schedule.plan));
}
