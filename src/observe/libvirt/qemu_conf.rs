//! libvirt's qemu.conf: `name = value` a line, texts in double quotes, `#` comments (libvirt, src/util/virconf.c).

use crate::evidence::domain::QemuConf;

/// What it says of VNC; a line that comes later wins.
pub(super) fn parse(file: &str, text: &str) -> QemuConf {
    let mut conf = QemuConf { file: file.to_owned(), ..QemuConf::default() };
    for (index, line) in text.lines().enumerate() {
        let Some((name, value)) = line.split_once('=').filter(|_| !line.trim_start().starts_with('#')) else {
            continue;
        };
        let value = value.trim();
        let quoted = value.strip_prefix('"').and_then(|rest| rest.split('"').next());
        let text = || quoted.filter(|text| !text.is_empty()).map(str::to_owned);
        let number =
            || value.split(['#', ' ']).next().and_then(|number| number.parse::<i64>().ok()).map(|number| number != 0);
        match name.trim() {
            "vnc_listen" => conf.vnc_listen = text(),
            "vnc_tls" => {
                conf.vnc_tls = number();
                conf.vnc_tls_line = Some(index as u32 + 1);
            }
            "vnc_tls_x509_verify" => conf.vnc_tls_x509_verify = number(),
            "vnc_tls_x509_cert_dir" => conf.vnc_tls_x509_cert_dir = text(),
            "vnc_password" => conf.vnc_password = text().is_some(),
            "vnc_sasl" => conf.vnc_sasl = number(),
            "vnc_auto_unix_socket" => conf.vnc_auto_unix_socket = number(),
            _ => {}
        }
    }
    conf
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn settings_of_vnc_are_read_and_the_password_is_not() {
        let conf = parse(
            "qemu.conf",
            "# vnc_tls = 0\nvnc_listen = \"0.0.0.0\"\n vnc_tls=1 # on\nvnc_tls_x509_verify = 0\nvnc_password = \"S3CRET\"\n\
             #vnc_sasl = 1\nvnc_tls_x509_cert_dir = \"/etc/pki/libvirt-vnc\"\nuser = \"root\"\n",
        );
        assert_eq!(
            (conf.vnc_listen.as_deref(), conf.vnc_tls, conf.vnc_tls_line),
            (Some("0.0.0.0"), Some(true), Some(3))
        );
        assert_eq!((conf.vnc_tls_x509_verify, conf.vnc_sasl), (Some(false), None));
        assert_eq!(conf.vnc_tls_x509_cert_dir.as_deref(), Some("/etc/pki/libvirt-vnc"));
        assert!(conf.vnc_password && !format!("{conf:?}").contains("S3CRET"));
        assert!(!parse("qemu.conf", "vnc_password = \"\"\n").vnc_password);
    }
}
