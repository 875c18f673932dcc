import Testing

@testable import Grading
@testable import Pipeline
@testable import Schema

@Suite("Lookup tables")
struct CubeTests {
    private func read(_ text: String) throws(CubeFault) -> CubeTable { try CubeTable(Array(text.utf8)) }

    private func fault(_ text: String) -> String {
        do throws(CubeFault) {
            _ = try read(text)
            return "none"
        } catch {
            return "\(error)"
        }
    }

    private let small = "LUT_3D_SIZE 2\n0 0 0\n1 0 0\n0 1 0\n1 1 0\n0 0 1\n1 0 1\n0 1 1\n1 1 1\n"

    @Test("a table of colours, as programs write it")
    func cube() throws {
        let text =
            "\u{FEFF}# by somebody\r\n\r\nTITLE \"Kodak  2383\"\r\nLUT_3D_SIZE 2\r\nDOMAIN_MIN -0.5 0 0\r\nDOMAIN_MAX 1.0 1.0 2e0\r\n"
            + "0.000000 0 .25\r\n  1.5\t-0.25   +1e-3\r\n# between\r\n"
            + (0..<6).map { "\($0) 0 0\r\n" }.joined()
        let table = try read(text)
        #expect(table.dimensions == .three && table.size == 2 && table.title == "Kodak  2383")
        #expect(table.low == [-0.5, 0, 0] && table.high == [1, 1, 2])
        #expect(Array(table.values.prefix(6)) == [0, 0, 0.25, 1.5, -0.25, 0.001])
        #expect(table.values.count == 24 && table.values[21] == 5)
    }

    @Test("a table of curves, with the range that Resolve tells, and without a last line's end")
    func curves() throws {
        let table = try read("LUT_1D_SIZE 3\nLUT_1D_INPUT_RANGE 0 2\n0 0 0\n0.5 0.25 0.75\n1 1 1")
        #expect(table.dimensions == .one && table.size == 3 && table.low == [0, 0, 0] && table.high == [2, 2, 2])
        #expect(table.values == [0, 0, 0, 0.5, 0.25, 0.75, 1, 1, 1])
    }

    @Test(
        "what is none of that is refused, with the line",
        arguments: [
            ("", "line 1: ends without LUT_3D_SIZE or LUT_1D_SIZE"),
            ("\n\n# nothing\n", "line 3: ends without LUT_3D_SIZE or LUT_1D_SIZE"),
            ("0 0 0\n", "line 1: an entry before LUT_3D_SIZE or LUT_1D_SIZE"),
            ("LUT_3D_SIZE 66\n", "line 1: LUT_3D_SIZE has to be a whole number from 2 to 65"),
            ("\nLUT_3D_SIZE 2.5\n", "line 2: LUT_3D_SIZE has to be a whole number from 2 to 65"),
            ("LUT_3D_SIZE\n", "line 1: LUT_3D_SIZE needs a number behind it"),
            ("LUT_1D_SIZE 1\n", "line 1: LUT_1D_SIZE has to be a whole number from 2 to 65536"),
            (
                "LUT_1D_SIZE 2\nLUT_3D_SIZE 2\n",
                "line 2: a second size; a file holds one table, of one dimension or of three"
            ),
            ("LUT_1D_SIZE 2\n0 0 0\n", "line 2: ends after 1 entries; its size says 2"),
            ("LUT_1D_SIZE 2\n0 0 0\n1 1 1\n1 1 1\n", "line 4: more than the 2 entries that its size says"),
            ("LUT_1D_SIZE 2\n0 0\n1 1 1\n", "line 2: an entry has to be three numbers: red, green and blue"),
            ("LUT_1D_SIZE 2\n0 0 0 0\n", "line 2: an entry has to be three numbers: red, green and blue"),
            ("LUT_1D_SIZE 2\n0 0 0,5\n", "line 2: an entry has to be three numbers: red, green and blue"),
            ("LUT_1D_SIZE 2\n0 0 1e9\n", "line 2: an entry has to be three numbers: red, green and blue"),
            (
                "LUT_1D_SIZE 2\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 1 0 1\n0 0 0\n",
                "line 3: the domain ends at 0.0 and begins at 0.0"
            ),
            ("LUT_1D_SIZE 2\nDOMAIN_MIN 0 0\n", "line 2: DOMAIN_MIN needs 3 numbers behind it"),
            ("TITLE a\nTITLE b\n", "line 2: TITLE for the second time"),
            (
                "LUT_1D_SIZE 2\n0 0 0\nDOMAIN_MAX 1 1 1\n",
                "line 3: 'DOMAIN_MAX' after the first entry: expected three numbers"
            ),
            (
                "<?xml version=\"1.0\"?>\n",
                "line 1: '<?xml' is no keyword of a .cube file; expected LUT_3D_SIZE, or three numbers"
            ),
        ])
    func refused(text: String, message: String) {
        #expect(fault(text) == message)
    }

    @Test("every number is what strtod makes of it, as far as a float can tell")
    func numbers() throws {
        let written = [
            "0.1", "-0.30000001192092896", "1.000000", "0.00000000000000000000000001", "123456.789", ".5", "5.", "7e-3",
            "-1.5E+2", "0.123456789012345678901234567890", "000001.25", "999999.99999",
        ]
        let table = try read("LUT_1D_SIZE \(written.count)\n" + written.map { "\($0) 0 0\n" }.joined())
        for (index, text) in written.enumerated() {
            #expect(table.values[3 * index] == Float(Double(text) ?? .nan), "\(text)")
        }
    }

    @Test("the largest there can be is read")
    func largest() throws {
        let entry = "0.1234567 0.1234567 0.1234567\n"
        let table = try read("LUT_3D_SIZE 65\n" + String(repeating: entry, count: 65 * 65 * 65))
        #expect(table.values.count == 3 * 274_625)
    }

    @Test("a pipeline's digest goes with the table, not with its path, and faults are told where they are")
    func pipeline() throws {
        let directory = try TemporaryDirectory()
        try directory.write("luts/one.cube", small)
        try directory.write("luts/two.cube", small)
        try directory.write("luts/broken.cube", small + "1 1 1\n")
        func load(_ stage: String) throws -> Pipeline {
            try PipelineLoader.load(
                yaml: "version: 1\nstages: [\(stage)]\nrenditions: { a: { format: png } }", file: "web.yaml",
                name: "web",
                directory: directory.path, digest: { $0.contains("two") ? "2" : "1" })
        }
        var expected = Lut(file: "\(directory.path)/luts/one.cube")
        (expected.digest, expected.bytes, expected.entries) = ("1", UInt64(small.utf8.count), 8)
        #expect(try load("lut: luts/one.cube").stages == [.lut(expected)])
        expected.amount = 0.4
        let one = try load("lut: { file: luts/one.cube, amount: 0.4 }")
        #expect(one.stages == [.lut(expected)])
        try directory.write("moved.cube", small)
        #expect(try load("lut: { file: moved.cube, amount: 0.4 }").canonicalJSON == one.canonicalJSON)
        #expect(try load("lut: { file: luts/two.cube, amount: 0.4 }").canonicalJSON != one.canonicalJSON)

        #expect(
            faults { _ = try load("lut: { file: luts/broken.cube, amount: 2 }") } == [
                "web.yaml:2:49: stages[0].lut.amount: '2' is not a number from 0 to 1",
                "\(directory.path)/luts/broken.cube:10:1: more than the 8 entries that its size says",
            ])
        #expect(
            faults { _ = try load("lut: luts/none.cube") } == [
                "web.yaml:2:15: stages[0].lut: 'luts/none.cube': no such file; looked for \(directory.path)/luts/none.cube"
            ])
    }
}
