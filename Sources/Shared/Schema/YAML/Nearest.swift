/// The candidate that `word` is most likely a slip of; nil where none is near.
///
/// Letter case, underscores and camel case do not count, so that `smartSubsampling` finds `smart-subsampling`.
package func nearest(_ word: String, of candidates: some Sequence<String>) -> String? {
    let wanted = kebab(word)
    guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
    var best: (candidate: String, distance: Int)?
    for candidate in candidates where candidate != word {
        let distance = slips(from: wanted, to: kebab(candidate))
        let allowed = max(1, min(wanted.count, candidate.count) / 3)
        if distance <= allowed, distance < (best?.distance ?? .max) { best = (candidate, distance) }
    }
    return best?.candidate
}

/// Damerau-Levenshtein distance in its optimal string alignment form: insertions, deletions, substitutions and
/// swaps of neighbours.
private func slips(from left: [Character], to right: [Character]) -> Int {
    if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in 1...left.count {
        var current = [row]
        for column in 1...right.count {
            let same = left[row - 1] == right[column - 1]
            var distance = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + (same ? 0 : 1))
            if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                distance = min(distance, beforeLast[column - 2] + 1)
            }
            current.append(distance)
        }
        beforeLast = last
        last = current
    }
    return last[right.count]
}

private func kebab(_ word: String) -> [Character] {
    var characters: [Character] = []
    for character in word {
        if character == "_" || character == " " {
            characters.append("-")
        } else if character.isUppercase {
            if let previous = characters.last, previous != "-", word != word.uppercased() { characters.append("-") }
            characters.append(contentsOf: character.lowercased())
        } else {
            characters.append(character)
        }
    }
    return characters
}
