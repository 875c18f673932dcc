/// Limits on what clients may use together. Times in nanoseconds, sizes in bytes.
package struct HTTPLimits: Sendable {
    /// Request line and headers.
    package var head = 8 << 10
    package var target = 2 << 10
    package var headers = 64
    /// Clients that are served at the same time; who comes after them takes the place of the one that waited longest.
    package var connections = 64
    /// Of answers that slow clients have not taken yet, all together. The kernel's own buffers are not counted.
    package var held = 768 << 10
    /// From the connection to the last byte of the head.
    package var headTime: Int64 = 10_000_000_000
    /// Without a byte taken by the client.
    package var stallTime: Int64 = 20_000_000_000
    /// From the connection to the end of the answer: a page and its pictures over the slowest line.
    package var totalTime: Int64 = 300_000_000_000
    /// How long, and how much of what a client goes on sending after its answer is read and forgotten: closing on top of
    /// it would take the answer away from it.
    package var lingerTime: Int64 = 2_000_000_000
    package var lingerBytes = 4 << 20
    /// After an accept that failed for want of descriptors or memory.
    package var acceptPause: Int64 = 200_000_000
    /// For answers under way when the server is stopped.
    package var stopTime: Int64 = 1_000_000_000

    package init() {}
}
