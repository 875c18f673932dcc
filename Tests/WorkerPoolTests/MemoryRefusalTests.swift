import Glibc
import Jobs
import LinuxIO
import Testing

@testable import WorkerPool

@Suite("Memory that a worker was refused before it died")
struct MemoryRefusalTests {
    private let words = "sluice-worker: refused 1342177280 bytes of memory: grant 12"

    @Test(
        "is what the death is put down to",
        arguments: [.signalled(SIGTRAP), .signalled(SIGABRT), .exited(1)] as [Death.Cause])
    func blamed(cause: Death.Cause) {
        let death = Death(cause, stderrTail: "GLib-ERROR: \(words) · terminate called after std::bad_alloc")
        #expect(death.jobError?.code == .memoryLimit)
        #expect(death.jobError?.message.contains("1280 MiB") == true)
        #expect(death.stagingFault == nil)
    }

    @Test("is no excuse for a worker that was killed for other reasons")
    func otherDeaths() {
        #expect(Death(.timedOut(3), stderrTail: words).jobError?.code == .timedOut)
        #expect(Death(.brokeProtocol("x"), stderrTail: words).jobError?.code == .workerProtocol)
        #expect(Death(.stopped, stderrTail: words).jobError == nil)
    }

    @Test("is staging's fault where its disk could not take the file")
    func environment() {
        let death = Death(
            .signalled(SIGABRT), stderrTail: "sluice-worker: refused 1048576 bytes of memory: spill \(ENOSPC)")
        #expect(death.stagingFault?.contains("No space left on device") == true)
    }

    @Test(
        "is not read into other words",
        arguments: [
            "", "refused", "sluice-worker: refused", "sluice-worker: refused many bytes of memory: grant 12",
            "sluice-worker: refused 5 bytes of memory: grant", "refused 5 bytes of memory: grant 12",
        ])
    func others(words: String) {
        #expect(MemoryRefusal(words) == nil)
        #expect(Death(.signalled(SIGSEGV), stderrTail: words).jobError?.code == .workerCrashed)
    }
}

@Suite("The bound of a worker")
struct MemoryBoundTests {
    @Test("is what it holds already and the grant, with room for what nobody counts")
    func sums() {
        let bound = MemoryBound(now: .init(anonymous: 10 << 20, data: 50 << 20), grant: 100 << 20)
        #expect(bound.anonymous == (110 << 20) + MemoryBound.tolerance)
        #expect(bound.data == (150 << 20) + MemoryBound.untouched)
    }

    @Test("lets a decoder ask for what it hardly touches, and not hold it")
    func reserving() {
        let bound = MemoryBound(
            now: .init(anonymous: 10 << 20, data: 50 << 20), grant: 100 << 20, untouched: 80 << 20)
        #expect(bound.anonymous == (30 << 20) + MemoryBound.tolerance)
        #expect(bound.data == (150 << 20) + MemoryBound.untouched)
    }

    @Test("does not wrap around")
    func overflow() {
        #expect(MemoryBound(now: .init(anonymous: 1, data: 1), grant: 1, untouched: 2).anonymous > 1)
        let bound = MemoryBound(now: .init(anonymous: 1, data: 1), grant: .max)
        #expect(bound.anonymous == .max && bound.data == .max)
    }
}
