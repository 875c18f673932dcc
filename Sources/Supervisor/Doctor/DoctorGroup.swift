import Admission
import LinuxIO
import Text

// The control group and what it allows.
extension DoctorReport {
    mutating func lookAtControlGroup(_ facts: ControlGroupFacts? = .here()) {
        guard let facts else {
            return add(.machine, "control group", "no control group with a memory limit found")
        }
        let settings = facts.settings.map { "\($0.name) \(readable($0.name, $0.value))" }
        add(
            .machine, "control group",
            "version \(facts.version), \(facts.path)\(settings.isEmpty ? "" : ": ")\(settings.joined(separator: ", "))")
        let limit = facts.settings.first { $0.name == "memory.max" }.flatMap { UInt64($0.value) }
        let swap = facts.settings.first { $0.name == "memory.swap.max" }?.value
        if limit != nil, let swap, swap != "0", hasSwap {
            warn(
                .machine, "swap", "memory.swap.max is \(readable("memory", swap)): memory over the limit is swapped",
                advice: "MemorySwapMax=0 in the unit: swapped pictures take minutes instead of being refused")
        }
    }

    private func readable(_ name: String, _ value: String) -> String {
        guard name.hasPrefix("memory"), let bytes = UInt64(value) else { return value }
        return bytes >= 1 << 60 ? "max" : mebibytes(bytes)
    }
}

private var hasSwap: Bool { (totalSwap() ?? 0) > 0 }
