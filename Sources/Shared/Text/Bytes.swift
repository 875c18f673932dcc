/// `61 MiB`, `1.5 GiB`.
package func mebibytes(_ bytes: UInt64) -> String {
    // In two parts: a hostile header's estimate times ten does not fit.
    let tenths = (bytes >> 20) * 10 + (((bytes & 0xFFFFF) * 10 + (1 << 19)) >> 20)
    if tenths >= 10240 {
        let gibi = (tenths + 512) / 1024
        return "\(gibi / 10).\(gibi % 10) GiB"
    }
    return tenths >= 100 ? "\((tenths + 5) / 10) MiB" : "\(tenths / 10).\(tenths % 10) MiB"
}
