extension String {
    /// At most so many bytes of UTF-8, then an ellipsis where something is left out. Not so many characters: one character
    /// may be made of thousands.
    func shortened(to bytes: Int) -> String {
        guard utf8.count > bytes else { return self }
        var end = utf8.index(startIndex, offsetBy: bytes)
        while String.Index(end, within: unicodeScalars) == nil { end = utf8.index(before: end) }
        return self[..<end] + "…"
    }
}
