/// Puts a `cICP` chunk right after the header chunk of a finished PNG: code points of ITU-T H.273, RGB in full range.
/// - Parameter descriptor: open for reading and writing; its offset is left alone.
/// - Throws: `MetadataError`; the file is then not to be used.
package func putCodedColour(in descriptor: Int32, primaries: UInt8, transfer: UInt8) throws {
    let editor = FileEditor(descriptor: descriptor)
    guard try editor.source().bytes(at: 12, count: 4) == Array("IHDR".utf8) else {
        throw MetadataError.unexpectedLayout("a PNG without header chunk")
    }
    try editor.replace(at: 33, count: 0, with: pngChunk("cICP", [primaries, transfer, 0, 1]))
}
