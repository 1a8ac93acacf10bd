//! How many files the system lets this process open, and what of them connections may take. Without this a
//! server with too many connections cannot open a workspace's file any more.

use std::fs;

/// Where Linux says it; elsewhere there is none, and nothing is lowered.
const LIMITS: &str = "/proc/self/limits";

/// The connections that are asked for, lowered so far that files are left for the workspaces.
pub fn connections_max(asked: u32) -> u32 {
    let files = fs::read_to_string(LIMITS).ok().and_then(|text| soft_limit(&text));
    let may = files.map_or(asked, |files| within(asked, files));
    if may < asked {
        tracing::warn!(asked, may, files, "fewer connections, since the system allows few open files");
    }
    may
}

/// Half of the files is left: a workspace takes three, and as many for each that reads.
fn within(asked: u32, files: u64) -> u32 {
    u32::try_from(files / 2).map_or(asked, |half| asked.min(half.max(1)))
}

/// The soft limit in the kernel's table; `None` also where there is no limit.
fn soft_limit(table: &str) -> Option<u64> {
    let line = table.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_open_files_is_read_from_the_kernels_table() {
        let table = |soft: &str| {
            format!(
                "Limit                     Soft Limit           Hard Limit           Units     \n\
                Max processes             10                   20                   processes \n\
                Max open files            {soft}                 524288               files     \n"
            )
        };
        assert_eq!(soft_limit(&table("1024")), Some(1024));
        assert_eq!(soft_limit(&table("unlimited")), None);
        assert_eq!(soft_limit(""), None);
        #[cfg(target_os = "linux")]
        assert!(fs::read_to_string(LIMITS).expect("a table").contains("Max open files"));
    }

    #[test]
    fn connections_leave_half_of_the_files_to_the_workspaces() {
        assert_eq!(within(4096, 1024), 512);
        assert_eq!(within(4096, 1_048_576), 4096);
        assert_eq!(within(100, 1024), 100);
        assert_eq!(within(4096, u64::MAX), 4096);
        assert_eq!(within(4096, 0), 1);
    }
}
