//! Sees to it that no child outlives the tests, however they end: a shell that waits for this process to be gone, then
//! kills every process group that was left.

use std::{
    io::Write,
    os::unix::process::CommandExt,
    process::{ChildStdin, Command, Stdio},
    sync::{LazyLock, Mutex, PoisonError},
};

/// Reads `+<pid>` and `-<pid>`; the end of its input is the end of the tests.
const SCRIPT: &str = r#"
pids=" "
while read -r line; do
    pid=${line#?}
    case $line in
        +*) pids="$pids$pid " ;;
        -*) case $pids in *" $pid "*) pids="${pids%% $pid *} ${pids#* $pid }" ;; esac ;;
    esac
done
for pid in $pids; do kill -s KILL -- "-$pid" 2>/dev/null; done
"#;

static GUARDIAN: LazyLock<Mutex<ChildStdin>> = LazyLock::new(|| {
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT]).process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    // Not waited for: it outlives this process, which is its purpose.
    #[allow(clippy::zombie_processes)]
    let shell = command.spawn().expect("sh starts");
    Mutex::new(shell.stdin.expect("its input"))
});

/// Watches over a process group.
pub fn watch(pid: u32) {
    tell(&format!("+{pid}\n"));
}

/// The process group has ended.
pub fn forget(pid: u32) {
    tell(&format!("-{pid}\n"));
}

fn tell(line: &str) {
    let mut guardian = GUARDIAN.lock().unwrap_or_else(PoisonError::into_inner);
    guardian.write_all(line.as_bytes()).expect("the guardian lives as long as the tests");
}

#[cfg(test)]
mod tests {
    use std::process::Child;

    use super::*;

    fn sleeper() -> Child {
        Command::new("sleep").arg("60").process_group(0).spawn().unwrap()
    }

    #[test]
    fn what_is_left_at_the_end_is_killed_and_what_was_forgotten_is_not() {
        let (mut left, mut forgotten) = (sleeper(), sleeper());
        let mut shell = Command::new("sh").args(["-c", SCRIPT]).stdin(Stdio::piped()).spawn().unwrap();
        let mut input = shell.stdin.take().unwrap();
        write!(input, "+{}\n+{}\n-{}\n", left.id(), forgotten.id(), forgotten.id()).unwrap();
        drop(input);
        shell.wait().unwrap();
        assert!(!left.wait().unwrap().success());
        assert!(forgotten.try_wait().unwrap().is_none());
        forgotten.kill().unwrap();
        forgotten.wait().unwrap();
    }
}
