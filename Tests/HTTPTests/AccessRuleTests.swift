import Testing

@testable import HTTP

@Suite("Who may look")
struct AccessRuleTests {
    private func status(_ rule: AccessRule, host: String? = nil, authorization: String? = nil) -> Int {
        var request = HTTPRequest(path: "/health")
        request.headers["host"] = host
        request.headers["authorization"] = authorization
        return rule.guarding { _ in .text(200, "yes") }(request)?.status ?? 0
    }

    @Test(
        "without a token: whoever calls this machine by a name of its own",
        arguments: [
            ("localhost", true), ("LocalHost:8099", true), ("localhost.", true), ("127.0.0.1", true),
            ("127.8.9.1:80", true), ("[::1]", true), ("[::1]:8099", true), ("evil.example", false),
            ("localhost.evil.example", false), ("127.0.0.1.evil.example", false), ("127.0.0.1@evil", false),
            ("evil.localhost", false), ("128.0.0.1", false), ("127.0.0.256", false), ("127.1", false),
            ("[::2]:8099", false), ("[::1].evil", false), ("[::1", false), ("localhost:x", false), ("", false),
            ("10.0.0.1", false), ("0.0.0.0", false), ("::1", false),
        ])
    func hosts(host: String, isLocal: Bool) {
        #expect(status(AccessRule(token: nil), host: host) == (isLocal ? 200 : 421))
        #expect(status(AccessRule(token: "0123456789abcdef"), host: host) == 401)
    }

    @Test("HTTP/1.0 without Host is no browser")
    func old() { #expect(status(AccessRule(token: nil)) == 200) }

    @Test(
        "with a token: whoever knows it, as bearer or as password of whatever user",
        arguments: [
            ("Bearer 0123456789abcdef", 200), ("bearer  0123456789abcdef", 200), ("Bearer 0123456789abcdeg", 401),
            ("Bearer 0123456789abcde", 401), ("Bearer 0123456789abcdeff", 401), ("Bearer", 401), ("Bearer ", 401),
            ("0123456789abcdef", 401), ("Digest 0123456789abcdef", 401), ("", 401),
            // "me:0123456789abcdef", ":0123456789abcdef", "0123456789abcdef:", "0123456789abcdef"
            ("Basic bWU6MDEyMzQ1Njc4OWFiY2RlZg==", 200), ("basic OjAxMjM0NTY3ODlhYmNkZWY=", 200),
            ("Basic MDEyMzQ1Njc4OWFiY2RlZjo=", 401), ("Basic MDEyMzQ1Njc4OWFiY2RlZg==", 401),
            ("Basic bWU6MDEyMzQ1Njc4OWFiY2RlZg", 200), ("Basic bWU6MDEy!!!!", 401), ("Basic ====", 401),
        ])
    func tokens(authorization: String, expected: Int) {
        let rule = AccessRule(token: "0123456789abcdef")
        #expect(status(rule, host: "anything.example", authorization: authorization) == expected)
    }

    @Test("browsers are asked for it")
    func challenge() {
        let refusal = AccessRule(token: "0123456789abcdef").refusal(of: HTTPRequest(path: "/"))
        #expect(
            refusal?.headers.contains { $0.name == "WWW-Authenticate" && $0.value.hasPrefix("Basic realm=") } == true)
    }
}
