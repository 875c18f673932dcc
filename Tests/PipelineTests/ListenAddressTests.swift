import Testing

@testable import Configuration

@Suite("http.listen and http.token-file")
struct ListenAddressTests {
    private func load(_ http: String) throws -> (Configuration.HTTP, TemporaryDirectory) {
        let directory = try TemporaryDirectory()
        try directory.write("Pipelines/web.yaml", "version: 1\nrenditions: { a: { format: png } }\n")
        let path = try directory.write(
            "sluice.yaml", "version: 1\nroot: data\ninbox: in\npipeline: web\nhttp: \(http)\n")
        return (try Configuration.load(path: path, pipelineDirectories: [], digest: { _ in "" }).http, directory)
    }

    @Test(
        "addresses as people write them",
        arguments: [
            ("127.0.0.1:8099", .tcp(host: "127.0.0.1", port: 8099)), ("[::1]:80", .tcp(host: "::1", port: 80)),
            ("[0:0::0:1]:80", .tcp(host: "::1", port: 80)), ("localhost:8099", .localhost(port: 8099)),
            ("0.0.0.0:1", .tcp(host: "0.0.0.0", port: 1)), ("/run/sluice/http", .local(path: "/run/sluice/http")),
            ("unix:a b", .local(path: "a b")), ("unix:", nil), ("", nil), ("8099", nil), (":8099", nil),
            ("127.0.0.1", nil), ("127.0.0.1:", nil), ("127.0.0.1:65536", nil), ("127.0.0.1:-1", nil),
            ("127.0.0.1:+1", nil), ("127.1:80", nil), ("example.org:80", nil), ("::1:80", nil), ("[127.0.0.1]:80", nil),
            ("[::1%lo]:80", nil), ("*:80", nil), ("http://127.0.0.1:80", nil), ("127.0.0.1:80/", nil),
        ] as [(String, ListenAddress?)])
    func addresses(text: String, expected: ListenAddress?) { #expect(ListenAddress(text) == expected) }

    @Test("loopback alone without a token, everything with one; paths are made absolute")
    func width() throws {
        #expect(try load("{ listen: '127.0.0.9:1' }").0.listen == .tcp(host: "127.0.0.9", port: 1))
        #expect(try load("{}").0 == Configuration.HTTP())
        let (wide, directory) = try load("{ listen: '[::]:8099', token-file: secret/token }")
        #expect(wide.listen == .tcp(host: "::", port: 8099))
        #expect(wide.tokenFile == "\(directory.path)/secret/token")
        let (local, other) = try load("{ listen: 'unix:http.sock' }")
        #expect(local.listen == .local(path: "\(other.path)/data/http.sock"))
    }
}
