/// A picture in a file, as the bytes of another file with the same pixels that any decoder reads from top to bottom in
/// little memory. Pulled, one time through. Not for two threads at once.
package protocol Restreamer: AnyObject {
    /// Fills `buffer` with the next bytes.
    ///
    /// - Returns: how many, at least 1 for a buffer that is not empty; 0 when the picture is complete.
    /// - Throws: from then on, always: what was handed out is the beginning of a file without an end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(RestreamError) -> Int

    /// For people: what was missing in the file and made up for, as far as was read; nil for nothing.
    var missing: String? { get }
}

extension Restreamer {
    package var missing: String? { nil }
}
