import Admission
import Text

// The memory part of an explanation.
extension Explanation {
    /// The sum, term by term, the plan, and what is reserved for it.
    var memoryLines: [String] {
        guard let total = estimateTotal, let worker = estimateWorker else { return [] }
        var lines = ["memory: estimate \(mebibytes(total)) for a worker; all jobs share \(mebibytes(budget))"]
        lines.append("  \(mebibytes(worker))  the worker itself")
        for term in estimate { lines.append("  \(mebibytes(term.bytes))  \(term.name)\(term.remarks)") }
        if let plan = memoryPlan {
            lines.append("  plan: \(plan.way.rawValue), as \(plan.why)")
            let spills =
                plan.spillsFrom.map { ", blocks of \(mebibytes($0)) or more immediately" } ?? ", if it needs more"
            lines.append(
                "  reserved: \(mebibytes(plan.reserved)) of memory"
                    + (plan.spill > 0 ? ", and up to \(mebibytes(plan.spill)) spilled to staging\(spills)" : ""))
        }
        return lines
    }
}

extension Explanation.EstimateTerm {
    fileprivate var remarks: String {
        var remarks: [String] = []
        switch kind {
        case .memory, .lines: break
        case .spillable: remarks.append("may be spilled")
        case .untouched: remarks.append("barely touched: not counted")
        }
        switch phase {
        case .always: break
        case .loading: remarks.append("before decoding")
        case .decoding: remarks.append("while decoding")
        case .encoding: remarks.append("while encoding")
        }
        return remarks.isEmpty ? "" : " (\(remarks.joined(separator: ", ")))"
    }
}

/// Why this plan and no quicker one.
///
/// - Parameter whole: with everything in memory, and nothing put in another order.
func reason(for plan: MemoryPlan, whole: Estimate, cap: MemoryCap) -> String {
    let share = cap.budget / UInt64(cap.workers)
    let needed = whole.total - min(whole.total, whole.worker)
    let over =
        needed > cap.budget ? "the budget of \(mebibytes(cap.budget))" : "a worker's share of \(mebibytes(share))"
    switch plan.way {
    case .none: return "nothing needs decoding"
    case .inMemory:
        return plan.reservation <= share
            ? "it fits into a worker's share of \(mebibytes(share))"
            : "it fits into the budget of \(mebibytes(cap.budget)), running alone if necessary"
    case .restreamed:
        return "\(mebibytes(needed)) is over \(over); reordered, the picture streams"
    case .spilled:
        return "\(mebibytes(needed)) is over \(over)"
            + (plan.restreams ? "; reordered, the picture streams, and the rest may be spilled" : "")
    }
}
