/// How many lines of a PNG that is not interlaced are in the file, from the top; nil for another file. Unpacks its image
/// data, in 200 KiB.
///
/// - Parameter descriptor: seekable; its offset is neither used nor moved.
package func wholeLinesOfPNG(descriptor: Int32) -> (lines: Int, height: Int)? {
    let file = SourceFile(descriptor: descriptor)
    guard let survey = try? PNGSurvey(file, isInterlaced: false),
        let inflater = try? Inflater(ImageData(file, at: survey.kept.upperBound))
    else { return nil }
    let frame = survey.frame
    let bytes = 1 + frame.rowBytes(frame.width)
    let discarded = UnsafeMutableRawBufferPointer.allocate(byteCount: min(bytes, 128 << 10), alignment: 16)
    defer { discarded.deallocate() }
    for line in 0..<frame.height {
        var left = bytes
        while left > 0 {
            let count = min(left, discarded.count)
            do throws(RestreamError) {
                try inflater.read(into: UnsafeMutableRawBufferPointer(rebasing: discarded[..<count]))
            } catch {
                return (line, frame.height)
            }
            left -= count
        }
    }
    return (frame.height, frame.height)
}
