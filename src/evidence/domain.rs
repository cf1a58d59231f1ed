//! What libvirt on a compute node has written down of its guests' graphics, and how its QEMU driver is set up for VNC.
//!
//! Passwords are not kept, only that there is one.

use serde::{Deserialize, Serialize};

/// libvirt's QEMU driver on one host, by its files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Libvirt {
    /// Guests that run: `/run/libvirt/qemu/NAME.xml`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub running: Vec<Domain>,
    /// Guests as they would be started: `/etc/libvirt/qemu/NAME.xml`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub defined: Vec<Domain>,
    /// `qemu.conf`, as far as it is of VNC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qemu_conf: Option<QemuConf>,
}

/// One guest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// The file; empty where virsh showed the guest, as libvirt's files may not be read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// `instance-0000002a`
    pub name: String,
    /// Nova's uuid of the instance.
    pub uuid: String,
    /// Its `<graphics>` elements, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub graphics: Vec<Graphics>,
}

impl Domain {
    /// Its VNC server.
    pub fn vnc(&self) -> Option<&Graphics> {
        self.graphics.iter().find(|graphics| graphics.kind == "vnc")
    }
}

/// One `<graphics>` element.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Graphics {
    /// `vnc`, `spice`, `sdl`.
    pub kind: String,
    /// The port; -1 where libvirt is to choose one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<i64>,
    /// The port of SPICE over TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_port: Option<i64>,
    /// libvirt chooses the port.
    #[serde(default)]
    pub autoport: bool,
    /// The address it listens on; absent where it listens on none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    /// The Unix socket it listens on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub socket: Option<String>,
    /// The network whose address of this host it listens on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// It asks for a password; virsh does not tell.
    #[serde(default)]
    pub password: bool,
}

/// Settings of `/etc/libvirt/qemu.conf`; what is not set is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QemuConf {
    /// The file.
    pub file: String,
    /// `vnc_listen`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vnc_listen: Option<String>,
    /// `vnc_tls`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vnc_tls: Option<bool>,
    /// `vnc_tls_x509_verify`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vnc_tls_x509_verify: Option<bool>,
    /// `vnc_tls_x509_cert_dir`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vnc_tls_x509_cert_dir: Option<String>,
    /// `vnc_password` is set and not empty.
    #[serde(default)]
    pub vnc_password: bool,
    /// `vnc_sasl`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vnc_sasl: Option<bool>,
    /// `vnc_auto_unix_socket`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vnc_auto_unix_socket: Option<bool>,
    /// Line of `vnc_tls`, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vnc_tls_line: Option<u32>,
}
