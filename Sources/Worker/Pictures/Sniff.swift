import ByteReading
import ImageHeader
package import Jobs

/// What an open file is, by its first bytes; nil for what Sluice does not read.
package func sniffFormat(_ descriptor: Int32) -> PictureFormat? {
    if case .picture(let format)? = try? sniff(DescriptorBytes(descriptor)) { format } else { nil }
}

/// Up to `count` bytes at `offset`, without moving the descriptor's offset; none where it cannot be read.
package func readBytes(_ descriptor: Int32, at offset: Int, count: Int) -> [UInt8] {
    (try? DescriptorBytes(descriptor).read(at: UInt64(max(0, offset)), count: count)) ?? []
}
