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

    @Test("the mount that a path lies on is the longest, the later of two, and tells its type")
    func mounts() {
        let mounts = """
            1 0 8:1 / / rw - ext4 /dev/sda1 rw
            2 1 0:5 / /srv rw - nfs4 server:/ rw
            3 1 0:6 / /srv/a\\040b rw - tmpfs tmpfs rw
            4 1 0:7 / /srv rw - fuse.sshfs x ro
            """
        func found(_ path: String) -> String? {
            Mount.holding(path, mounts: mounts).map { "\($0.type) \($0.isRemote) \($0.isMemory) \($0.isReadOnly)" }
        }
        #expect(found("/home/x") == "ext4 false false false")
        #expect(found("/srvx") == "ext4 false false false")
        #expect(found("/srv/x") == "fuse.sshfs true false true")
        #expect(found("/srv/a b/c") == "tmpfs false true false")
        #expect(Mount.holding("/", mounts: "") == nil && Mount.holding("/tmp") != nil)
    }

    @Test(
        "a program that serves files is known by its name: from this machine, from another, or who knows",
        arguments: [
            ("fuse.sshfs", true, false), ("fuse.mergerfs", false, false), ("fuse.unionfs", false, false),
            ("fuseblk", false, false), ("fuse.exfat", false, false), ("fuse", true, true), ("fuse.thing", true, true),
            ("nfs4", true, false), ("ext4", false, false), ("fusectl", false, false),
        ] as [(String, Bool, Bool)])
    func programs(type: String, isRemote: Bool, isUnknown: Bool) {
        let mount = Mount(point: "/srv", type: type, isReadOnly: false)
        #expect(mount.isRemote == isRemote && mount.isUnknownProgram == isUnknown)
    }

    @Test("capabilities are bits of a line")
    func capabilities() {
        #expect(Capability.lease.isEffective(status: "Name:\tx\nCapEff:\t0000000010000000\nCapBnd:\t0\n"))
        #expect(!Capability.lease.isEffective(status: "CapPrm:\t0000000010000000\nCapEff:\t0000000020000000\n"))
        #expect(!Capability.lease.isEffective(status: ""))
    }

    @Test("libraries are known by the files that are mapped, with their versions")
    func libraries() {
        let maps = """
            7f00-7f01 r-xp 00000000 fe:01 12 /usr/lib/x86_64-linux-gnu/libexif.so.12.3.4
            7f01-7f02 r-xp 00000000 fe:01 13 /usr/lib/x86_64-linux-gnu/libglib-2.0.so.0.7400.6
            7f02-7f03 r-xp 00000000 fe:01 14 /usr/lib/libc.so
            7f03-7f04 r-xp 00000000 fe:01 15 /usr/lib/libgone.so.1 (deleted)
            7f04-7f05 rw-p 00000000 00:00 0
            """
        #expect(mappedLibraries(maps: maps) == ["libexif": "12.3.4", "libglib-2.0": "0.7400.6"])
        #expect(mappedLibraries()["libc"] != nil)
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
        if let facts = ControlGroupFacts.facts(groups: given.groups, mounts: given.mounts, read: { given.files[$0] }) {
            let own = facts.settings.first { $0.name == "memory.max" || $0.name == "memory.limit_in_bytes" }
            #expect(own == nil || given.files.values.contains { $0 == "\(own?.value ?? "")\n" })
            #expect(facts.version == (given.mounts.contains("cgroup2") ? 2 : 1))
        } else {
            #expect(given.groups.isEmpty)
        }
        let limit = cgroupMemoryLimit(groups: given.groups, mounts: given.mounts) { given.files[$0] }
        #expect(limit == given.limit)
    }
}
