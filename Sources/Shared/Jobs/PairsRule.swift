/// Of a camera's own file (raw) and a picture of the same name beside it: which is processed. The other one is its companion.
package enum PairsRule: String, Codable, Sendable, CaseIterable {
    case both, raw, jpeg
}
