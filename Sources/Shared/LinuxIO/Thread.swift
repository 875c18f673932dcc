import CLinux
import Glibc

/// Runs `body` on a thread of its own: for calls that block, which the cooperative pool must not be starved by.
/// `name` (15 bytes at most) is for `top -H` and debuggers, `stack` is its stack's size in bytes. Throws SystemCallError.
package func startThread(
    named name: String, stack: Int = 512 << 10, _ body: @escaping @Sendable () -> Void
) throws {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, stack)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let box = Unmanaged.passRetained(ThreadBody(name, body))
    var thread = pthread_t()
    let code = pthread_create(
        &thread, &attributes,
        { argument in
            if let argument { Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run() }
            return nil
        }, box.toOpaque())
    if code != 0 {
        box.release()
        throw SystemCallError("pthread_create", "thread", errno: code)
    }
}

private final class ThreadBody: Sendable {
    private let name: String
    private let body: @Sendable () -> Void

    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }

    func run() {
        sluice_name_thread(name)
        body()
    }
}
