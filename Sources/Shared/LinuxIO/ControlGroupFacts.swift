/// The control group that this process is in, as far as it is visible; for display.
package struct ControlGroupFacts: Sendable, Equatable {
    /// 1 or 2.
    package var version: Int
    package var path: String
    /// What is set in the group itself, as the kernel writes it (`memory.max` 268435456), by the file's name.
    package var settings: [(name: String, value: String)]

    package static func == (one: Self, other: Self) -> Bool {
        one.version == other.version && one.path == other.path
            && one.settings.map { "\($0)" } == other.settings.map { "\($0)" }
    }

    /// Nil where there is none.
    package static func here() -> ControlGroupFacts? {
        guard let groups = contents(ofSmallFile: "/proc/self/cgroup"),
            let mounts = contents(ofSmallFile: "/proc/self/mountinfo")
        else { return nil }
        return facts(groups: groups, mounts: mounts, read: contents(ofSmallFile:))
    }

    static func facts(groups: String, mounts: String, read: (String) -> String?) -> ControlGroupFacts? {
        for mount in mounts.split(separator: "\n").compactMap(ControlGroupMount.init) {
            guard let group = mount.group(in: groups) else { continue }
            let root = mount.root == "/" ? "" : mount.root
            guard group == root || group.hasPrefix(root + "/") else { continue }
            let names =
                mount.isVersion2
                ? ["memory.max", "memory.high", "memory.swap.max", "cpu.max"]
                : ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"]
            let directory = mount.point + group.dropFirst(root.count)
            let settings = names.compactMap { name in
                read("\(directory)/\(name)").map { (name: name, value: String($0.prefix { $0 != "\n" })) }
            }
            return ControlGroupFacts(
                version: mount.isVersion2 ? 2 : 1, path: group.isEmpty ? "/" : group, settings: settings)
        }
        return nil
    }
}
