import Testing
import WebClient

@testable import HTTP

@Suite("Answers as bytes")
struct ResponseTests {
    private func head(_ response: HTTPResponse) throws -> WebAnswer {
        try #require(WebAnswer(response.head(now: 784_111_777)))
    }

    @Test("length, date, and what keeps browsers careful")
    func careful() throws {
        let answer = try head(.text(404, "é"))
        #expect(answer.status == 404)
        #expect(answer.headers["content-length"] == "3" && answer.headers["connection"] == "close")
        #expect(answer.headers["date"] == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(answer.headers["cache-control"] == "no-store")
        #expect(answer.headers["x-content-type-options"] == "nosniff")
        #expect(answer.headers["referrer-policy"] == "no-referrer")
        #expect(answer.headers["cross-origin-resource-policy"] == "same-origin")
        #expect(answer.headers["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
        #expect(answer.body == [])
    }

    @Test("what the handler says itself stands, once; nothing of it ends a line")
    func own() throws {
        let answer = try head(
            HTTPResponse(
                contentType: "text/html", headers: [("cache-control", "max-age=60"), ("X-A", "b\r\nEvil: yes")],
                body: .bytes([])))
        #expect(answer.headers["cache-control"] == "max-age=60")
        #expect(answer.headers["x-a"] == "bEvil: yes" && answer.headers["evil"] == nil)
    }
}
