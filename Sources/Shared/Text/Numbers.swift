/// `3.1`, `2.0`.
package func oneDecimal(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
}

/// `3.1`, `2`, `0.25`: without zeros at the end.
/// - Parameter most: decimals, at most.
package func shortDecimals(_ value: Double, most: Int) -> String {
    guard abs(value) < 1e9 else { return String(value) }
    var scale = 1.0
    for _ in 0..<most { scale *= 10 }
    let rounded = (value * scale).rounded() / scale
    return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
}

/// `1 picture`, `2 pictures`.
package func counted(_ number: some BinaryInteger, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
}

/// `20 mov, 11 aae, 7 json`; the most common first.
package func countedKinds(_ kinds: [String: Int]) -> String {
    kinds.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
}
