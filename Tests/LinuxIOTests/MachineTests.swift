import Glibc
import Testing

@testable import LinuxIO

@Suite("What the machine has")
struct MachineTests {
    @Test("This process has memory, the machine more, and a processor")
    func plausible() throws {
        let own = try #require(anonymousMemory())
        #expect(own > 100_000)
        #expect(own < physicalMemory())
        #expect(onlineProcessors() >= 1)
        #expect(anonymousMemory(of: 0x7FFF_FFF0) == nil)
        if let limit = cgroupMemoryLimit() { #expect(limit > 1 << 20) }
    }

    @Test("memory is read from the kernel's line of pages: what is resident less what is shared, and the data")
    func statm() throws {
        let page = UInt64(sysconf(Int32(_SC_PAGESIZE)))
        let memory = try #require(processMemory(statm: "5000 900 650 12 0 4321 0\n".utf8))
        #expect(memory == ProcessMemory(anonymous: 250 * page, data: 4321 * page))
        // A zombie's, one that was cut short, and nothing.
        for text in ["0 0 0 0 0 0 0\n", "5000 900 650", ""] { #expect(processMemory(statm: text.utf8) == nil) }
        // Against the figures that people read.
        let status = try #require(contents(ofSmallFile: "/proc/self/status"))
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") })
        let kibibytes = try #require(line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first)
        let told = try #require(UInt64(kibibytes)) << 10
        let own = try #require(anonymousMemory())
        #expect(max(own, told) - min(own, told) < 16 << 20)
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let groups: String
        let mounts: String
        let files: [String: String]
        let limit: UInt64?
    }

    static let version2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n"
    static let version1 = """
        31 23 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
        32 23 0:28 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory

        """

    @Test(
        "The smallest limit over the group and its ancestors counts",
        arguments: [
            Case(
                testDescription: "version 2: an ancestor's is smaller", groups: "0::/system.slice/sluice.service\n",
                mounts: version2,
                files: [
                    "/sys/fs/cgroup/system.slice/sluice.service/memory.max": "900000000\n",
                    "/sys/fs/cgroup/system.slice/memory.max": "600000000\n",
                ], limit: 600_000_000),
            Case(
                testDescription: "version 2: max is none", groups: "0::/a\n", mounts: version2,
                files: ["/sys/fs/cgroup/a/memory.max": "max\n"], limit: nil),
            Case(
                testDescription: "version 1: the huge number is none", groups: "9:memory:/a/b\n1:cpu:/\n",
                mounts: version1,
                files: [
                    "/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "268435456\n",
                    "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
                ], limit: 268_435_456),
            Case(
                testDescription: "a container sees its part of the tree only", groups: "4:memory:/docker/abc/in\n",
                mounts: "32 23 0:28 /docker/abc /sys/fs/cg\\040memory ro - cgroup cgroup rw,memory\n",
                files: ["/sys/fs/cg memory/memory.limit_in_bytes": "1048576\n"], limit: 1_048_576),
            Case(testDescription: "no cgroups", groups: "", mounts: "", files: [:], limit: nil),
        ])
    func limits(_ given: Case) {
        let limit = cgroupMemoryLimit(groups: given.groups, mounts: given.mounts) { given.files[$0] }
        #expect(limit == given.limit)
    }
}
