//! Containers and systemd units, by the paths of control groups (version 1 and 2).

use crate::evidence::process::Container;

/// The container that a process is in.
pub(super) fn container(groups: &str) -> Option<Container> {
    groups.lines().filter_map(|line| line.splitn(3, ':').nth(2)).find_map(of_path)
}

fn of_path(path: &str) -> Option<Container> {
    let told = |kind: &str, id: &str| Some(Container { kind: kind.to_owned(), id: id.to_owned() });
    let kubernetes = path.contains("/kubepods");
    let mut above = "";
    for part in path.split('/') {
        let scope = part.strip_suffix(".scope").unwrap_or(part);
        let bare = ["docker-", "libpod-", "cri-containerd-", "crio-"]
            .iter()
            .find_map(|prefix| scope.strip_prefix(prefix))
            .unwrap_or(scope);
        let id = bare
            .get(..64)
            .filter(|id| id.len() == bare.len() && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|id| id.get(..12));
        match id {
            Some(id) if kubernetes => return told("kubernetes", id),
            Some(id) if scope.starts_with("libpod-") => return told("podman", id),
            Some(id) if scope.starts_with("docker-") || above == "docker" => {
                return told("docker", id);
            }
            Some(id) => return told("container", id),
            None => {}
        }
        let name = part.strip_prefix("lxc.payload.").or((above == "lxc").then_some(part));
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            return told("lxc", name);
        }
        above = part;
    }
    None
}

/// The innermost systemd service that a process is in.
pub(super) fn unit(groups: &str) -> Option<String> {
    let paths = groups.lines().filter_map(|line| line.splitn(3, ':').nth(2));
    let is_unit = |part: &&str| part.strip_suffix(".service").is_some_and(|name| !name.is_empty());
    paths.filter_map(|path| path.split('/').rfind(is_unit)).find(|unit| !unit.starts_with("user@")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_by_their_groups() {
        let id = "0123456789abcdef".repeat(4);
        let cases = [
            (format!("12:pids:/docker/{id}\n"), Some(("docker", "0123456789ab"))),
            (format!("0::/system.slice/docker-{id}.scope\n"), Some(("docker", "0123456789ab"))),
            (format!("0::/machine.slice/libpod-{id}.scope/container\n"), Some(("podman", "0123456789ab"))),
            (
                format!("0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-{id}.scope\n"),
                Some(("kubernetes", "0123456789ab")),
            ),
            (format!("4:memory:/kubepods/burstable/pod1/{id}\n"), Some(("kubernetes", "0123456789ab"))),
            ("0::/lxc/ctl1_nova/init.scope\n".to_owned(), Some(("lxc", "ctl1_nova"))),
            ("0::/lxc.payload.ctl1/system.slice/nova-compute.service\n".to_owned(), Some(("lxc", "ctl1"))),
            ("0::/system.slice/nova-compute.service\n".to_owned(), None),
            ("0::/\n".to_owned(), None),
            (String::new(), None),
        ];
        for (groups, expected) in cases {
            let found = container(&groups);
            assert_eq!(found.as_ref().map(|found| (found.kind.as_str(), found.id.as_str())), expected, "{groups}");
        }
    }

    #[test]
    fn units_by_their_groups() {
        assert_eq!(unit("0::/system.slice/nova-compute.service\n").as_deref(), Some("nova-compute.service"));
        assert_eq!(
            unit("0::/system.slice/system-devstack.slice/devstack@n-novnc-cell1.service\n").as_deref(),
            Some("devstack@n-novnc-cell1.service")
        );
        assert_eq!(unit("0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.scope\n"), None);
        assert_eq!(unit("0::/docker/abc\n"), None);
    }
}
